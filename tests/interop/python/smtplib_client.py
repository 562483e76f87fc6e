"""What people write with smtplib: a wrong password, several mails on one connection, UTF-8, a file.

    smtplib_client.py starttls|implicit MECHANISM PORT CA USER

The right password is in SMTP_PASSWORD. It stops with an exception where a server is not as it should be.
"""

import os
import smtplib
import ssl
import sys
from email.message import EmailMessage

TIMEOUT_SECONDS = 30


def main(tls, mechanism, port, ca, user):
    with connect(tls, int(port), ssl.create_default_context(cafile=ca)) as server:
        server.ehlo()
        assert mechanism in server.esmtp_features["auth"].split()
        # smtplib takes the first that it likes of what was announced.
        server.esmtp_features["auth"] = mechanism
        refuse_wrong_password(server, user)
        server.login(user, os.environ["SMTP_PASSWORD"])
        assert server.send_message(compose("bob@example.test", "first")) == {}
        assert server.rset()[0] == server.noop()[0] == 250
        # An address beyond ASCII makes smtplib say SMTPUTF8 and BODY=8BITMIME.
        assert server.send_message(compose("jörg@example.test", "second")) == {}
        assert server.quit()[0] == 221


def connect(tls, port, context):
    if tls == "implicit":
        return smtplib.SMTP_SSL("localhost", port, "client.example.test", timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP("localhost", port, "client.example.test", TIMEOUT_SECONDS)
    server.starttls(context=context)
    return server


def refuse_wrong_password(server, user):
    try:
        server.login(user, "not the password")
    except smtplib.SMTPAuthenticationError as refusal:
        assert refusal.smtp_code == 535
    else:
        raise AssertionError("a wrong password was accepted")


def compose(to, which):
    message = EmailMessage()
    message["From"] = "Älice <alice@example.test>"
    message["To"] = to
    message["Subject"] = f"Grüße, the {which}"
    message.set_content(".a dot\n..two\nGrüße\n")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="data.bin")
    return message


if __name__ == "__main__":
    main(*sys.argv[1:])
