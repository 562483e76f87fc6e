#!/usr/bin/env python3
"""The notebook's first program: one mail by way of smtplib, which knows SMTP for us.

Everything about the mail and the server comes from options, or from the environment where an
option is left out (SMTP_HOST, SMTP_PORT, SMTP_CA, SMTP_USER, SMTP_FROM, SMTP_TO). The password
comes from SMTP_PASSWORD alone: other users can read the arguments of a process. As a column of
`mailer compare --with` the same variables are named MAILER_HOST and so on.
"""

import argparse
import os
import smtplib
import ssl
import sys

TIMEOUT_SECONDS = 30


def main():
    args = parse_arguments()
    password = setting("PASSWORD")
    if password is None:
        sys.exit("error: SMTP_PASSWORD is not set")
    try:
        send(args, password, compose(args))
    except UnicodeError:
        # Python's own words would show a letter of what it stumbled over, a password's too.
        sys.exit("error: password, addresses, subject and body have to be ASCII here")
    except (ValueError, smtplib.SMTPException, OSError) as error:
        sys.exit(f"error: {error}")


def send(args, password, message):
    # Unlike the classroom version: without a context smtplib would encrypt, but believe any
    # certificate. This one checks the chain and the host name.
    context = ssl.create_default_context(cafile=args.ca)

    # Stage 1: connection. (The name is for EHLO; smtplib alone would look up the machine's own.)
    with smtplib.SMTP(args.host, args.port, args.hello, TIMEOUT_SECONDS) as server:
        # Stages 2 to 4: EHLO, STARTTLS, and EHLO again; smtplib says both EHLOs when they are due.
        server.starttls(context=context)
        # Stage 5: authentication, by the first mechanism that both sides know.
        server.login(args.user, password)
        # Stages 6 and 7: MAIL FROM, RCPT TO, DATA, the message, the dot.
        server.sendmail(args.sender, args.to, message)
        print("Mail sent.")
        # Stage 8: termination. The server's answer is 221 and a farewell.
        code, farewell = server.quit()
        print(code, farewell.decode("utf-8", "replace"))


def compose(args):
    """Three header lines, the empty line, the body. smtplib makes CRLF of its line ends."""
    for field in (args.sender, args.to, args.subject):
        # Unlike the classroom version: a line break here would be a header, or a command, of its own.
        if not field.isprintable():
            raise ValueError(f"line breaks and control characters are not allowed: {field!r}")
    return f"From: {args.sender}\nTo: {args.to}\nSubject: {args.subject}\n\n{args.body}\n"


def setting(name, default=None):
    """`mailer compare --with` sets MAILER_HOST and so on; these come first, so that its own server is used."""
    return os.environ.get(f"MAILER_{name}", os.environ.get(f"SMTP_{name}", default))


def parse_arguments():
    parser = argparse.ArgumentParser(description="Send one mail with smtplib (password: SMTP_PASSWORD).")

    def option(name, variable, **more):
        value = setting(variable)
        parser.add_argument(name, default=value, required=value is None, **more)

    option("--host", "HOST")
    option("--user", "USER")
    option("--from", "FROM", dest="sender", metavar="ADDRESS")
    option("--to", "TO", metavar="ADDRESS")
    parser.add_argument("--port", type=int, default=setting("PORT", "587"))
    parser.add_argument("--ca", default=setting("CA"), help="PEM file; else the system's CAs")
    parser.add_argument("--hello", default="localhost", help="the name to give in EHLO")
    parser.add_argument("--subject", default="A mail from smtplib")
    parser.add_argument("--body", default="Hello from the high level.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
