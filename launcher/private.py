"""Creates folders and files that only their owner may use. Standard library only, because `launcher.setup` uses it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TextIO

FOLDER = 0o700
FILE = 0o600
OTHERS = 0o077


def folder(path: Path) -> None:
    """Creates a folder, or denies other users access to an existing one. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)
    if is_shared(path):
        path.chmod(FOLDER)


def is_shared(path: Path) -> bool:
    """Whether the mode of a file or folder gives any right to group or others. Raises `OSError`."""
    return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)


def write(path: Path, text: str) -> None:
    """Replaces a file by a new one, private from its creation on, with this text. Raises `OSError`."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", encoding="utf-8", opener=_private) as file:
        file.write(text)
    fresh.replace(path)


def append(path: Path) -> TextIO:
    """Opens a file for reading and appending; creates it private if it is missing. Raises `OSError`."""
    return open(path, "a+", encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE)
