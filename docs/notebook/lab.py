"""What smtp.ipynb needs beside SMTP: the command `mailer`, its server, and its report as a page.

Python's standard library is enough for all but `show`, which needs a notebook.
"""

import html
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Runs the server in a process between the notebook and the server. The pipe from the notebook closes when
# its kernel stops, restarts or crashes; then this process ends the server, which it started itself.
KEEPER = """
import os, subprocess, sys, threading
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
def end_with_the_pipe():
    os.read(0, 1)
    server.terminate()
threading.Thread(target=end_with_the_pipe, daemon=True).start()
os._exit(server.wait() & 0xff)
"""


def find_mailer():
    """The command: MAILER_BINARY, a build of this repository, one in PATH, or else a new build."""
    named = os.environ.get("MAILER_BINARY")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    places = [target / profile / "mailer" for profile in ("release", "debug")]
    found = named or next((place for place in places if place.is_file()), None) or shutil.which("mailer")
    if found:
        return str(found)
    if shutil.which("cargo") is None:
        raise RuntimeError("there is no mailer: build it (cargo build --release), or set MAILER_BINARY to its path")
    print("building mailer: some minutes, once")
    subprocess.run(["cargo", "build", "--release", "--package", "mailer-cli"], cwd=ROOT, check=True)
    return str(target / "release" / "mailer")


def environment():
    """Ours without the user's own server and password, without colours, and with this Python for the programs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SMTP_")}
    ours["NO_COLOR"] = "1"
    ours["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), ours.get("PATH", os.defpath)])
    return ours


class Server:
    """`mailer serve` on this machine, with a password that exists for this run only."""

    def __init__(self, user):
        self.host, self.user, self.password = "localhost", user, secrets.token_urlsafe(12)
        self.folder = tempfile.TemporaryDirectory(prefix="smtp-notebook-")
        ca = Path(self.folder.name, "ca")
        self.ca = str(ca / "ca.pem")
        self._maildir = Path(self.folder.name, "mail")
        # A day, because a stage can be read slowly.
        command = [find_mailer(), "serve", "--user", user, "--ca-dir", str(ca), "--maildir", str(self._maildir),
                   "--timeout", "86400", "--session-timeout", "86400"]
        # What the server logs, and how other clients would use it, is not for the cells.
        log = Path(self.folder.name, "server.log")
        # In a session of its own, because "interrupt kernel" signals all processes of the kernel's session.
        with log.open("w") as stderr:
            self._keeper = subprocess.Popen(
                [sys.executable, "-c", KEEPER, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                text=True, env={**environment(), "SMTP_PASSWORD": self.password}, start_new_session=True)
        first = self._keeper.stdout.readline().strip()
        if not first.startswith("serving "):
            status = self._keeper.wait()
            raise RuntimeError(f"mailer serve did not start (exit status {status}): {log.read_text('utf-8')}")
        self.port = int(first.rsplit(":", 1)[1])

    def inbox(self):
        """The content of every message that the server has stored, oldest first."""
        files = sorted((self._maildir / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [file.read_bytes() for file in files]

    def stop(self):
        self._keeper.stdin.close()
        return self._keeper.wait()


def program(name, **options):
    """The words of --with for a program of this folder."""
    words = [str(HERE / name)]
    for option, value in options.items():
        words += [f"--{option}", value]
    return shlex.join(words)


def compare(*arguments):
    """The report of `mailer compare`."""
    command = [find_mailer(), "compare", *map(str, arguments)]
    done = subprocess.run(command, env=environment(), text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def show(page, height=900):
    """The page in the notebook, in a frame, so that its styles and scripts stay apart from the notebook's."""
    from IPython.display import HTML

    frame = f'<iframe srcdoc="{html.escape(page)}" width="100%" height="{height}" sandbox="allow-scripts"></iframe>'
    return HTML(f"<div>{frame}</div>")
