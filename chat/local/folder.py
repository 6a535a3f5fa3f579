"""`.holdfast/`: the data, the keys and the logs of this copy, and the lock that keeps it to one launcher."""

import fcntl
import os
import secrets
import time
from pathlib import Path
from typing import TextIO

from chat.local.console import Problem, say
from chat.local.guard import alive

LOCK_WAIT = 30.0


class Folder:
    """The launcher's own folder, made where it is missing.

    Raises `Problem` where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.valkey = path / "valkey"
        self.logs = path / "logs"
        try:
            for part in (path, self.valkey, self.logs):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from None

    def lock(self, address: str) -> TextIO:
        """Hold the folder until the returned file is closed everywhere; `address` tells the next one where we are.

        Waits for a copy that is being stopped. Raises `Problem` while another copy runs.
        """
        try:
            file = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise unwritable(self.path, error) from None
        if not grab(file):
            wait_for(file)
        file.truncate(0)
        file.write(f"{os.getpid()} {address}")
        file.flush()
        return file

    def secret(self, name: str) -> str:
        """A random text of 64 characters, made once."""
        file = self.path / name
        if not file.exists():
            self.private(name, secrets.token_hex(32))
        return file.read_text("utf-8").strip()

    def private(self, name: str, text: str) -> Path:
        """Write a file that only its owner may read; its path. Raises `Problem` where that fails."""
        file = self.path / name
        fresh = self.path / f"{name}.new"
        try:
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(text, "utf-8")
            return fresh.replace(file)
        except OSError as error:
            raise unwritable(file, error) from None

    def log(self, name: str) -> Path:
        """A new log file; the one of the last run is kept beside it."""
        file = self.logs / f"{name}.log"
        if file.exists():
            file.replace(self.logs / f"{name}.1.log")
        return file


def grab(file: TextIO) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise unwritable(Path(file.name), error) from None
    return True


def wait_for(file: TextIO) -> None:
    """Take the lock from a killed launcher, whose guard still holds it. Raises `Problem` if its owner lives."""
    told = False
    until = time.monotonic() + LOCK_WAIT
    while not grab(file):
        file.seek(0)
        owner, _, address = file.read().partition(" ")
        if (owner.isdigit() and alive(int(owner))) or time.monotonic() > until:
            raise Problem(
                f"Holdfast already runs in this folder (process {owner}): open {address}, or stop it there with Ctrl-C."
            )
        if not told:
            say("The last run is still being stopped; waiting for it …")
            told = True
        time.sleep(0.05)


def unwritable(path: Path, error: OSError) -> Problem:
    """The sentence for a folder that does not take our files."""
    return Problem(
        f"Cannot write {path} ({error.strerror}): make this folder yours "
        f"(`ls -ld {path.parent}` shows whose it is), or copy Holdfast to one that you may write."
    )
