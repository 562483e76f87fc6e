#!/usr/bin/env python3
"""A client for `mailer compare --with ./client.py`: one message over a bare socket, in fifteen steps."""

import base64
import os
import socket
import ssl
import sys

HOST, PORT, CA, USER, PASSWORD, FROM, TO, EML = (
    os.environ[f"MAILER_{name}"] for name in ("HOST", "PORT", "CA", "USER", "PASSWORD", "FROM", "TO", "EML"))


def receive(sock, what, expected):
    """One reply is as many lines as the server says: the last one has a space after its code."""
    lines = []
    with sock.makefile("rb", buffering=0) as stream:
        while not lines or lines[-1][3:4] == b"-":
            lines.append(stream.readline(2048))
            if not lines[-1].endswith(b"\n"):
                sys.exit(f"error: {what}: the server closed the connection")
    if lines[-1][:3] != expected:
        sys.exit(f"error: {what}: {lines[-1].decode('ascii', 'replace').strip()}")


def command(sock, line, expected):
    sock.sendall(line + b"\r\n")
    receive(sock, line.split()[0].decode(), expected)


def main():
    with socket.create_connection((HOST, int(PORT)), timeout=30) as sock:
        receive(sock, "greeting", b"220")
        command(sock, b"EHLO client.example.com", b"250")
        command(sock, b"STARTTLS", b"220")
        with ssl.create_default_context(cafile=CA).wrap_socket(sock, server_hostname=HOST) as sock:
            command(sock, b"EHLO client.example.com", b"250")  # inside TLS
            command(sock, b"AUTH LOGIN", b"334")
            sock.sendall(base64.b64encode(USER.encode()) + b"\r\n")
            receive(sock, "AUTH", b"334")
            sock.sendall(base64.b64encode(PASSWORD.encode()) + b"\r\n")
            receive(sock, "AUTH", b"235")
            command(sock, b"MAIL FROM:<" + FROM.encode() + b">", b"250")
            command(sock, b"RCPT TO:<" + TO.encode() + b">", b"250")
            command(sock, b"DATA", b"354")
            with open(EML, "rb") as file:
                lines = file.read().splitlines(keepends=True)
            content = b"".join(b"." + line if line.startswith(b".") else line for line in lines)
            sock.sendall(content + b".\r\n")
            receive(sock, "the message", b"250")
            command(sock, b"QUIT", b"221")


if __name__ == "__main__":
    main()
