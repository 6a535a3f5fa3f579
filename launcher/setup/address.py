"""Checks before the installation, which may take minutes, whether the API could listen at its address afterwards."""

from __future__ import annotations

import os
import re
from pathlib import Path

from launcher import ports
from launcher.console import Problem
from launcher.folder import owner, running, try_lock
from launcher.guard import alive

from .steps import HOME

DEFAULTS = {"HOST": "127.0.0.1", "PORT": "8000"}


def check() -> None:
    """Raises `Problem` if the address is in use, or is not one of this machine.

    The launcher checks it again, and explains values that are none.
    """
    host, port = (setting(name, Path(".env")) for name in DEFAULTS)
    if not (port.isdecimal() and 0 < int(port) < 65_536):
        return
    try:
        ports.check(host, int(port))
    except Problem:
        if not is_stopping(HOME / "lock"):
            raise


def is_stopping(lock: Path) -> bool:
    """Whether the last run in this folder is still stopping; the launcher waits for it.

    Raises `Problem`, which names that run, if it is not stopping.
    """
    try:
        file = lock.open("r+", encoding="utf-8")
    except OSError:
        return False
    with file:
        if try_lock(file):
            return False
        if alive(owner(file)[0]):
            raise running(file)
    return True


def setting(name: str, dotenv: Path) -> str:
    """Returns the value of a setting in the environment or `.env`, otherwise its default."""
    for key, value in os.environ.items():
        if key.upper() == name and value:
            return value
    text = dotenv.read_text("utf-8", "replace") if dotenv.is_file() else ""
    line = rf"""^\ufeff?\s*(?:export\s+)?{name}\s*=\s*["']?([^\s#"']+)"""
    found = re.findall(line, text, re.MULTILINE | re.IGNORECASE)
    return found[-1] if found else DEFAULTS[name]
