"""`.holdfast/`: the data, the keys and the logs of this copy, and the lock that keeps it to one launcher."""

import contextlib
import fcntl
import os
import secrets
import time
from pathlib import Path
from typing import TextIO

from launcher import private
from launcher.console import Problem, say
from launcher.guard import alive

LOCK_WAIT = 30.0


class Folder:
    """The launcher's own folder, made where it is missing and closed to other users of the machine.

    Raises `Problem` where it cannot be written, or belongs to somebody else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.valkey = path / "valkey"
        self.logs = path / "logs"
        try:
            for part in (path, self.valkey, self.logs):
                private.folder(part)
        except OSError as error:
            raise unwritable(path, error) from None

    def lock(self, address: str) -> TextIO:
        """Hold the folder until the returned file is closed everywhere; `address` tells the next one where we are.

        Waits for a copy that is being stopped. Raises `Problem` while another copy runs.
        """
        path = self.path / "lock"
        with contextlib.ExitStack() as opened:
            try:
                if path.exists() and private.is_shared(path):
                    retire(path)
                file = opened.enter_context(private.append(path))
            except OSError as error:
                raise unwritable(self.path, error) from None
            if not grab(file) and not comes_free(file):
                raise running(file)
            opened.pop_all()
        file.truncate(0)
        file.write(f"{os.getpid()} {address}")
        file.flush()
        return file

    def secret(self, name: str) -> str:
        """A random text of 64 characters, made once. Raises `Problem` where that fails."""
        file = self.path / name
        if not file.exists():
            self.private(name, secrets.token_hex(32))
        try:
            if private.is_shared(file):
                file.chmod(private.FILE)
            return file.read_text("utf-8").strip()
        except OSError as error:
            raise unwritable(file, error) from None

    def private(self, name: str, text: str) -> Path:
        """Write a file that only its owner may read; its path. Raises `Problem` where that fails."""
        file = self.path / name
        try:
            private.write(file, text)
        except OSError as error:
            raise unwritable(file, error) from None
        return file

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


def comes_free(file: TextIO) -> bool:
    """Take the lock from a killed launcher, whose guard still holds it; whether that worked within `LOCK_WAIT`.

    Raises `Problem` if the launcher that wrote the file lives.
    """
    told = False
    until = time.monotonic() + LOCK_WAIT
    while not grab(file):
        if alive(owner(file)[0]):
            raise running(file)
        if time.monotonic() > until:
            return False
        if not told:
            say("The last run is still being stopped; waiting for it …")
            told = True
        time.sleep(0.05)
    return True


def retire(path: Path) -> None:
    """Remove a lock file that other users could open: they may hold its lock for as long as they like.

    A launcher that has it is waited for like any other. Raises `Problem` while one runs, and `OSError`.
    """
    with path.open("r+", encoding="utf-8") as file:
        if not grab(file):
            comes_free(file)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):  # else another launcher was first
            path.unlink()


def owner(file: TextIO) -> tuple[int, str]:
    """The process id and the address of the launcher that wrote the lock file; 0 where there is none."""
    file.seek(0)
    pid, _, address = file.read().partition(" ")
    return (int(pid) if pid.isdigit() else 0), address


def running(file: TextIO) -> Problem:
    """The sentence for a folder that another launcher has."""
    pid, address = owner(file)
    return Problem(
        f"Holdfast already runs in this folder (process {pid}): open {address}, or stop it there with Ctrl-C."
    )


def unwritable(path: Path, error: OSError) -> Problem:
    """The sentence for a folder that does not take our files."""
    return Problem(
        f"Cannot write {path} ({error.strerror}): make this folder yours "
        f"(`ls -ld {path.parent}` shows whose it is), or copy Holdfast to one that you may write."
    )
