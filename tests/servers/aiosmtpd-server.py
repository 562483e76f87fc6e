"""aiosmtpd with accounts, certificates and maildirs; started by the launcher `aiosmtpd`.

aiosmtpd-server.py DIR HOST PORT_PLAIN PORT_STARTTLS PORT_TLS SIZE_LIMIT
    DIR/etc/accounts   a user and a password a line, a space between
    DIR/certs          server.pem and server.key
    DIR/mail           a maildir for each name in MAILBOXES
"""

import asyncio
import itertools
import os
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

DOMAIN = "example.test"
MAILBOXES = {
    "rcpt": "rcpt", "rcpt2": "rcpt2", "jörg": "utf8",
    "alice": "others", "bob": "others", "postmaster": "others",
}  # fmt: skip


class Maildirs:
    """aiosmtpd's handler: knows its recipients, and stores their messages byte for byte."""

    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        local_part, _, domain = address.rpartition("@")
        if domain == DOMAIN and local_part not in MAILBOXES:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient taken"

    async def handle_DATA(self, server, session, envelope):
        number = next(self.numbers)
        for mailbox in {self.mailbox(address) for address in envelope.rcpt_tos} - {None}:
            # A maildir's rule: whole when it is seen.
            unfinished = mailbox / "tmp" / str(number)
            unfinished.write_bytes(envelope.original_content)
            unfinished.rename(mailbox / "new" / str(number))
        login = getattr(session, "logged_in", "-")
        print(f"mail {number} from {login}", flush=True)
        return f"250 2.0.0 Kept as {number}"

    def mailbox(self, address):
        """None for mail to elsewhere, which is dropped."""
        local_part, _, domain = address.rpartition("@")
        return self.folder / MAILBOXES[local_part] if domain == DOMAIN else None


def authenticator(accounts):
    def check(server, session, envelope, mechanism, login):
        known = isinstance(login, LoginPassword) and accounts.get(login.login) == login.password
        if known:
            session.logged_in = f"{mechanism} {os.fsdecode(login.login)}"
        # What is "not handled" aiosmtpd answers itself, with 535.
        return AuthResult(success=known, handled=known)

    return check


async def serve(folder, host, plain, starttls, tls, size_limit):
    lines = (folder / "etc/accounts").read_bytes().splitlines()
    accounts = dict(line.split(b" ", 1) for line in lines)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certs/server.pem", folder / "certs/server.key")
    common = {
        "handler": Maildirs(folder / "mail"),
        "hostname": f"mail.{DOMAIN}",
        "data_size_limit": int(size_limit),
        "enable_SMTPUTF8": True,
        "loop": asyncio.get_running_loop(),
    }
    login = {"authenticator": authenticator(accounts), "auth_required": True}
    listeners = [
        (plain, {"auth_exclude_mechanism": ["LOGIN", "PLAIN"]}, None),
        (starttls, {"tls_context": context, "require_starttls": True, **login}, None),
        # aiosmtpd does not see that its transport is TLS already.
        (tls, {"auth_require_tls": False, **login}, context),
    ]
    for port, options, context in listeners:
        factory = lambda options=options: SMTP(**common, **options)  # noqa: E731
        await asyncio.get_running_loop().create_server(factory, host, int(port), ssl=context)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), *sys.argv[2:]))
