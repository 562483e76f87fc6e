#!/usr/bin/env python3
"""The notebook's second program: the same mail over a bare socket, in fifteen steps.

Everything about the mail and the server comes from options, or from the environment where an
option is left out (SMTP_HOST, SMTP_PORT, SMTP_CA, SMTP_USER, SMTP_FROM, SMTP_TO). The password
comes from SMTP_PASSWORD alone. As a column of `mailer compare --with` the same variables are named
MAILER_HOST and so on. Like the notebook it sends three header lines, neither Date nor
Message-ID (RFC 5322 §3.6 asks for them), and ASCII only. "Unlike" marks where it does better.
"""

import argparse
import base64
import os
import re
import socket
import ssl
import sys

TIMEOUT_SECONDS = 30
MAX_LINE, MAX_LINES = 2048, 100  # more than any honest reply has


def main():
    args = parse_arguments()
    password = setting("PASSWORD")
    if password is None:
        sys.exit("error: SMTP_PASSWORD is not set")
    try:
        send(args, password, compose(args))
    except UnicodeError:
        # Python's own words would show a letter of what it stumbled over, a password's too.
        sys.exit("error: addresses, subject and body have to be ASCII here")
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def send(args, password, message):
    # Stage 1: connection.
    with socket.create_connection((args.host, args.port), TIMEOUT_SECONDS) as plain:
        step(plain, 1, f"connect to {args.host}:{args.port}", None, 220)
        # Stages 2 and 3: EHLO, then security before anything else is said.
        say(plain, 2, f"EHLO {args.hello}", 250)
        say(plain, 3, "STARTTLS", 220)
        print(" 4. TLS handshake, the certificate is checked against the host name")
        context = ssl.create_default_context(cafile=args.ca)
        with context.wrap_socket(plain, server_hostname=args.host) as secure:
            converse(secure, args, password, message)
    print("15. connection closed")


def converse(sock, args, password, message):
    # Stages 4 and 5: EHLO again, authentication. Base64 hides nothing; unlike the notebook we show neither.
    say(sock, 5, f"EHLO {args.hello}", 250)
    say(sock, 6, "AUTH LOGIN", 334)
    step(sock, 7, "(the user name in base64, not shown)", base64.b64encode(args.user.encode()), 334)
    step(sock, 8, "(the password in base64, not shown)", base64.b64encode(password.encode()), 235)
    # Stage 6: composition.
    say(sock, 9, f"MAIL FROM:<{args.sender}>", 250)
    say(sock, 10, f"RCPT TO:<{args.to}>", 250, 251)
    say(sock, 11, "DATA", 354)
    # Stage 7: headers, body, and the dot on a line of its own.
    sock.sendall(message + b".\r\n")
    print("12. headers, the empty line, body and dot sent")
    step(sock, 13, "the reply to the dot", None, 250)
    # Stage 8: termination.
    say(sock, 14, "QUIT", 221)


def say(sock, number, command, *expected):
    step(sock, number, command, command.encode("ascii"), *expected)


def step(sock, number, title, line, *expected):
    """Sends the line, if there is one, and prints the reply under the step's number."""
    print(f"{number:2}. {title}")
    if line is not None:
        sock.sendall(line + b"\r\n")
    code, lines = read_reply(sock)
    for text in lines:
        print("   ", text)
    # Unlike the notebook, which goes on whatever the server says.
    if code not in expected:
        raise ValueError(f"step {number}, {title}: the server answered {' / '.join(lines)}")


def read_reply(sock):
    """Unlike the notebook's recv(1024): a reply is as many lines as it says, not what one read returns."""
    # Unbuffered, so that nothing said in clear after STARTTLS could be taken for an answer inside TLS.
    with sock.makefile("rb", buffering=0) as stream:
        lines = []
        while len(lines) < MAX_LINES:
            line = stream.readline(MAX_LINE)
            text = ascii(line.rstrip(b"\r\n").decode("utf-8", "replace"))[1:-1]
            if not line.endswith(b"\n") or not re.match(rb"[2-5][0-9]{2}[ \r\n-]", line):
                raise ValueError(f"not a whole reply line: {text!r}" if line else "the server hung up")
            lines.append(text)
            if line[3:4] != b"-":  # RFC 5321 §4.2.1: a hyphen says that more follows
                return int(line[:3]), lines
    raise ValueError("a reply without end")


def compose(args):
    for field in (args.hello, args.sender, args.to, args.subject):
        # Unlike the notebook: a line break here would be a header, or a command, of its own.
        if not field.isprintable():
            raise ValueError(f"line breaks and control characters are not allowed: {field!r}")
    text = f"From: {args.sender}\nTo: {args.to}\nSubject: {args.subject}\n\n{args.body}"
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # Unlike the notebook: a line that begins with a dot gets a second one (RFC 5321 §4.5.2),
    # or a dot alone would end the message.
    return "".join(("." + line if line.startswith(".") else line) + "\r\n" for line in lines).encode("ascii")


def setting(name, default=None):
    """`mailer compare --with` sets MAILER_HOST and so on; these come first, so that its own server is used."""
    return os.environ.get(f"MAILER_{name}", os.environ.get(f"SMTP_{name}", default))


def parse_arguments():
    parser = argparse.ArgumentParser(description="Send one mail over a bare socket (password: SMTP_PASSWORD).")

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
    parser.add_argument("--subject", default="A mail from a bare socket")
    parser.add_argument("--body", default="Hello from the low level.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
