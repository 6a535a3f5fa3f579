"""The launcher's folder is closed to other users of the machine, whatever its state was before."""

import errno
import fcntl
import io
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from launcher import folder as folders
from launcher import private
from launcher.console import Problem
from launcher.folder import Folder
from launcher.setup import steps

UNUSED_PID = 2**22 + 1
"""The id of no process: it exceeds the highest id on Linux and macOS."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".holdfast"


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Sets a umask that removes no permission."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_new_folders_are_private(home: Path) -> None:
    Folder(home)
    assert {path.name: mode(path) for path in (home, *home.iterdir())} == dict.fromkeys(
        (".holdfast", "valkey", "logs", "files"), 0o700
    )


def test_existing_open_folders_become_private(home: Path) -> None:
    for name in ("valkey", "logs"):
        (home / name).mkdir(parents=True, mode=0o755)
    Folder(home)
    assert [mode(path) for path in (home, home / "valkey", home / "logs")] == [0o700] * 3


@pytest.mark.parametrize("before", [None, 0o755])
def test_setup_makes_the_folder_private(
    home: Path, before: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home.parent)
    for work in (partial(steps.note, "page", "digest"), partial(steps.step, "Trying", ["true"])):
        if before:
            home.mkdir(exist_ok=True)
            home.chmod(before)
        work()
        assert mode(home) == 0o700


def test_a_file_with_a_secret_is_private_when_created(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later chmod would leave a moment in which another user could open the file."""
    folder = Folder(home)
    monkeypatch.setattr(Path, "chmod", None)
    folder.secret("secret_key")
    folder.private("valkey.conf", "requirepass x\n")
    with folder.lock("here"):
        assert {file.name: mode(file) for file in home.iterdir() if file.is_file()} == dict.fromkeys(
            ("secret_key", "valkey.conf", "lock"), 0o600
        )


def test_a_secret_readable_by_others_becomes_private(home: Path) -> None:
    folder = Folder(home)
    (home / "secret_key").write_text("0123456789abcdef", "utf-8")
    assert folder.secret("secret_key") == "0123456789abcdef"
    assert mode(home / "secret_key") == 0o600


def test_a_symlink_at_a_new_files_name_is_not_followed(home: Path, tmp_path: Path) -> None:
    folder = Folder(home)
    (home / "secret_key.new").symlink_to(tmp_path / "elsewhere")
    folder.secret("secret_key")
    assert not (tmp_path / "elsewhere").exists()


def test_another_users_lock_on_an_open_lock_file_is_bypassed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any user can open a lock file of mode 644, and read access is enough to lock it."""
    monkeypatch.setattr(folders, "LOCK_WAIT", 0)
    folder = Folder(home)
    (home / "lock").write_text(f"{UNUSED_PID} http://127.0.0.1:8000", "utf-8")
    (home / "lock").chmod(0o644)
    with (home / "lock").open("rb") as foreign:
        fcntl.flock(foreign, fcntl.LOCK_SH)
        with folder.lock("here"):
            assert mode(home / "lock") == 0o600
            with pytest.raises(Problem, match="already runs"):
                folder.lock("there")


@pytest.mark.parametrize("file_mode", [0o600, 0o644])
def test_a_running_launcher_keeps_its_lock(home: Path, file_mode: int) -> None:
    folder = Folder(home)
    with folder.lock("http://127.0.0.1:8000"):
        (home / "lock").chmod(file_mode)
        with pytest.raises(Problem, match=rf"\(process {os.getpid()}\): open http://127.0.0.1:8000,"):
            folder.lock("there")


def test_a_folder_of_another_user_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    home.mkdir(mode=0o755)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(Problem, match="make this folder yours"):
        Folder(home)


class FullDisk(io.TextIOWrapper):
    """A file on a disk that is full until the test frees space."""

    is_full = True

    def flush(self) -> None:
        if not self.is_full:
            return super().flush()
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_reported_as_such(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(home)

    def write(path: Path, _: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(private, "write", write)
    with pytest.raises(Problem, match=r"Cannot write .*secret_key: the disk is full\. Free some space"):
        folder.secret("secret_key")
    with (home / "lock").open("ab+") as real:
        full = FullDisk(real)
        monkeypatch.setattr(private, "append", lambda _: full)
        with pytest.raises(Problem, match=r"Cannot write .*lock: the disk is full"):
            folder.lock("here")
        full.is_full = False
        full.detach()


def test_a_secret_of_another_user_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    folder = Folder(home)
    folder.secret("secret_key")
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(Problem, match=r"Cannot read .*secret_key \(Permission denied\): make it yours .*sudo chown"):
        folder.secret("secret_key")


def test_an_empty_secret_is_replaced(home: Path) -> None:
    """A full disk may have left the file without its text."""
    folder = Folder(home)
    (home / "secret_key").touch()
    assert len(folder.secret("secret_key")) == 64
