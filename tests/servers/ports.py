"""Two small jobs on loopback ports that a shell cannot do well.

ports.py free COUNT
    Prints COUNT ports that the system gave out and on which no program listens now.
ports.py greet SECONDS PID PORT:plain|PORT:tls ...
    Waits until every port, held by a process of group PID, greets with 220. Fails if process PID ends
    first, or after SECONDS; with status 75 if another program listens on one of them.
"""

import glob
import os
import socket
import ssl
import sys
import time

HOST = "127.0.0.1"
TAKEN = 75  # EX_TEMPFAIL: other ports will do


def free(count):
    # All are held at once, so that no port comes twice.
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    print(*(s.getsockname()[1] for s in held))
    for s in held:
        s.close()


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def listens(group, port):
    """Whether our server has this port. It must be alone there: Postfix shares one with a stranger."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    # Columns 1, 3 and 9: local address, state (0A is LISTEN), inode.
    listeners = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    if not listeners <= set(open_files(group)):
        sys.exit(TAKEN)
    return bool(listeners)


def open_files(group):
    for entry in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.getpgid(int(entry.split("/")[2])) == group:
                yield os.readlink(entry)
        except OSError:
            pass  # a process or a file that is gone by now


def greeting(port, mode):
    with socket.create_connection((HOST, port), timeout=5) as sock:
        if mode == "tls":
            # Only "is it there?" is asked; the tests themselves verify the certificate.
            trust_all = ssl.create_default_context()
            trust_all.check_hostname = False
            trust_all.verify_mode = ssl.CERT_NONE
            sock = trust_all.wrap_socket(sock)
        with sock, sock.makefile("rb") as lines:
            line = lines.readline()
            sock.sendall(b"QUIT\r\n")
            lines.read()
            return line


def greet(seconds, pid, ports):
    deadline = time.monotonic() + seconds
    for port in ports:
        number, _, mode = port.partition(":")
        while not answers(pid, int(number), mode):
            if not is_running(pid):
                sys.exit("the server ended before it greeted")
            if time.monotonic() > deadline:
                sys.exit(f"port {number} did not greet within {seconds} s")
            time.sleep(0.02)


def answers(pid, port, mode):
    try:
        return listens(pid, port) and greeting(port, mode).startswith(b"220")
    except OSError:
        return False


if __name__ == "__main__":
    if sys.argv[1] == "free":
        free(int(sys.argv[2]))
    else:
        greet(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
