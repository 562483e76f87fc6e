"""What Python's email package reads in mails: one line of JSON for each.

    read_mails.py FILE...
"""

import base64
import json
import sys
from email import message_from_binary_file, policy


def main(files):
    for name in files:
        with open(name, "rb") as file:
            print(json.dumps(facts(message_from_binary_file(file, policy=policy.default))))


def facts(mail):
    return {
        "subject": mail["Subject"],
        "from": mailboxes(mail["From"]),
        "to": mailboxes(mail["To"]),
        "cc": mailboxes(mail["Cc"]),
        "reply_to": mailboxes(mail["Reply-To"]),
        "message_id": mail["Message-ID"],
        "date": int(mail["Date"].datetime.timestamp()),
        "text": body(mail, "plain"),
        "html": body(mail, "html"),
        "files": [file(part) for part in mail.iter_attachments()],
        "defects": defects(mail),
    }


def mailboxes(field):
    return [[one.display_name, one.addr_spec] for one in field.addresses] if field else []


def body(mail, kind):
    part = mail.get_body(preferencelist=(kind,))
    return None if part is None else part.get_content()


def file(part):
    content = part.get_payload(decode=True)
    return [part.get_filename(), part.get_content_type(), base64.b64encode(content).decode()]


def defects(mail):
    """What is wrong with a part, or with a field of it."""
    found = []
    for part in mail.walk():
        found += part.defects
        for field in part.values():
            found += getattr(field, "defects", [])
    return [repr(defect) for defect in found]


main(sys.argv[1:])
