"""Folders and files that only their owner may use. Standard library only: `launcher.setup` needs it too."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TextIO

FOLDER = 0o700
FILE = 0o600
OTHERS = 0o077


def folder(path: Path) -> None:
    """Make a folder, or take an existing one away from everybody but its owner. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)
    if is_shared(path):
        path.chmod(FOLDER)


def is_shared(path: Path) -> bool:
    """Whether the mode of a file or folder lets group or others use it. Raises `OSError`."""
    return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)


def write(path: Path, text: str) -> None:
    """Replace a file by one with this text that is private from its creation on. Raises `OSError`."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", encoding="utf-8", opener=_private) as file:
        file.write(text)
    fresh.replace(path)


def append(path: Path) -> TextIO:
    """Open a file for reading and appending; where it is missing it is made private. Raises `OSError`."""
    return open(path, "a+", encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE)
