"""The folder `.holdfast/`: data, keys and logs of this installation, and a lock that admits one launcher."""

import contextlib
import errno
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
    """The launcher's folder. Creates it if it is missing, and denies other users of the machine access.

    Raises `Problem` if it cannot be written or belongs to another user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.valkey = path / "valkey"
        self.logs = path / "logs"
        self.files = path / "files"
        self.socket = path / "launcher.sock"
        try:
            for part in (path, self.valkey, self.logs, self.files):
                private.folder(part)
        except OSError as error:
            raise unwritable(path, error) from None

    def lock(self, address: str) -> TextIO:
        """Locks the folder until every process has closed the returned file, which names this process and `address`.

        Waits up to `LOCK_WAIT` seconds for a launcher that is stopping. Raises `Problem` while another one runs.
        """
        path = self.path / "lock"
        with contextlib.ExitStack() as opened:
            try:
                if path.exists() and private.is_shared(path):
                    remove_shared(path)
                file = opened.enter_context(private.append(path))
            except OSError as error:
                raise unwritable(self.path, error) from None
            if not try_lock(file) and not wait_for_guard(file):
                raise running(file)
            try:
                file.truncate(0)
                file.write(f"{os.getpid()} {address}")
                file.flush()
            except OSError as error:
                opened.pop_all()  # to close it would fail, too
                raise unwritable(path, error) from None
            opened.pop_all()
        return file

    def secret(self, name: str) -> str:
        """Returns the secret in the file `name`; creates one of 64 random characters first. Raises `Problem`.

        A file that is empty, as after a full disk, counts as missing.
        """
        file = self.path / name
        if not self.text(name):
            self.private(name, secrets.token_hex(32))
        try:
            if private.is_shared(file):
                file.chmod(private.FILE)
        except OSError as error:
            raise unwritable(file, error) from None
        return self.text(name)

    def text(self, name: str) -> str:
        """Returns the text of the file `name`; "" if there is none. Raises `Problem` if it cannot be read."""
        file = self.path / name
        try:
            return file.read_text("utf-8").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable(file, error) from None

    def private(self, name: str, text: str) -> Path:
        """Writes a file that only its owner may read. Returns its path. Raises `Problem` if that fails."""
        file = self.path / name
        try:
            private.write(file, text)
        except OSError as error:
            raise unwritable(file, error) from None
        return file

    def log(self, name: str) -> Path:
        """Returns the path of a log file. Renames the file of the last run to `<name>.1.log`."""
        file = self.logs / f"{name}.log"
        try:
            if file.exists():
                file.replace(self.logs / f"{name}.1.log")
        except OSError as error:
            raise unwritable(file, error) from None
        return file


def try_lock(file: TextIO) -> bool:
    """Takes the lock if it is free. Returns whether it did."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise unwritable(Path(file.name), error) from None
    return True


def wait_for_guard(file: TextIO) -> bool:
    """Waits up to `LOCK_WAIT` seconds for the guard of a killed launcher to release the lock. Returns whether it did.

    Raises `Problem` if the launcher that wrote the file is alive.
    """
    announced = False
    until = time.monotonic() + LOCK_WAIT
    while not try_lock(file):
        if alive(owner(file)[0]):
            raise running(file)
        if time.monotonic() > until:
            return False
        if not announced:
            say("The last run is still stopping; waiting for it …")
            announced = True
        time.sleep(0.05)
    return True


def remove_shared(path: Path) -> None:
    """Removes a lock file that other users could open, because they could hold its lock forever.

    Waits for a launcher that holds the lock, as `Folder.lock` does. Raises `Problem` while one runs, and `OSError`.
    """
    with path.open("r+", encoding="utf-8") as file:
        if not try_lock(file):
            wait_for_guard(file)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):  # else it was replaced
            path.unlink()


def owner(file: TextIO) -> tuple[int, str]:
    """Returns the process id and the address of the launcher that wrote the lock file; the id is 0 if there is none."""
    file.seek(0)
    pid, _, address = file.read().partition(" ")
    return (int(pid) if pid.isdigit() else 0), address


def running(file: TextIO) -> Problem:
    """Returns the error for a folder that another launcher has locked."""
    pid, address = owner(file)
    return Problem(
        f"Holdfast already runs in this folder (process {pid}): open {address}, or stop it there with Ctrl-C."
    )


def unwritable(path: Path, error: OSError) -> Problem:
    """Returns the error for a path that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(f"Cannot write {path}: the disk is full. Free some space, then start again; nothing is lost.")
    return Problem(
        f"Cannot write {path} ({error.strerror}): make this folder yours "
        f"(`ls -ld {path.parent}` shows whose it is), or copy Holdfast to one that you may write."
    )


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> Problem:
    """Returns the error for a file of the folder that cannot be read, such as one that root wrote."""
    why = error.strerror if isinstance(error, OSError) else "it is not text"
    return Problem(
        f"Cannot read {path} ({why}): make it yours (`ls -l {path}` shows whose it is; `sudo chown $USER {path}`)."
    )
