"""What a run of mailer's workers can be told: the classes of users, and the options of their messages.

The users are empty here, because the workers send the messages (mailer worker --master HOST). Name the classes to
use on Locust's command line, or all take part: locust -f locustfile.py --master --host smtp://... Raw Lettre
"""
from locust import User, events


@events.init_command_line_parser.add_listener
def add_options(parser):
    group = parser.add_argument_group("mailer")
    group.add_argument("--mail-size", default="1K", help="Size of each message: 800, 4K, 25M")
    group.add_argument("--mail-rate", default="", help="Messages per second of each user; empty is no limit")
    group.add_argument("--mail-from", default="load-{worker}-{user}@example.test", help="Sender of each user")
    group.add_argument("--mail-to", default="inbox-{worker}-{user}@example.test", help="Recipients, with commas")


# One class for each backend and flow.
class Raw(User): pass
class RawLockstep(User): pass
class RawPipelined(User): pass
class RawOverlapped(User): pass
class RawChunked(User): pass
class RawStreamed(User): pass
class Lettre(User): pass
class LettreConnection(User): pass
