"""Python's smtplib as its users use it: messages over one connection, then QUIT. The password is in SMTP_PASSWORD.

    smtplib_client.py none|starttls|implicit HOST PORT HELLO USER FROM TO CA FILE MESSAGES
"""

import os
import smtplib
import ssl
import sys

TIMEOUT_SECONDS = 60


def main(tls, host, port, hello, user, sender, recipient, ca, file, messages):
    with open(file, "rb") as message:
        content = message.read()
    with connect(tls, host, int(port), hello, ca) as server:
        if tls != "none":
            server.login(user, os.environ["SMTP_PASSWORD"])
        for _ in range(int(messages)):
            server.sendmail(sender, [recipient], content)


def connect(tls, host, port, hello, ca):
    context = None if tls == "none" else ssl.create_default_context(cafile=ca)
    if tls == "implicit":
        return smtplib.SMTP_SSL(host, port, hello, timeout=TIMEOUT_SECONDS, context=context)
    # Without a name, smtplib would look up its own after it has connected.
    server = smtplib.SMTP(host, port, hello, TIMEOUT_SECONDS)
    if tls == "starttls":
        server.starttls(context=context)
    return server


if __name__ == "__main__":
    main(*sys.argv[1:])
