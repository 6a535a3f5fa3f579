"""Writes to the terminal, and reads the end of log files."""

import os
import sys
from pathlib import Path

COLOURS = {"api": 36, "worker": 35}


class Problem(Exception):
    """Raised for an expected failure. Its text says what failed and how to fix it."""


def say(text: str, end: str = "\n") -> None:
    """Writes to the terminal and flushes. Ignores a terminal that is closed."""
    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # the caller must still stop the children in order


def coloured() -> bool:
    """Whether to use colours: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def prefix(name: str) -> str:
    """Returns the prefix of each output line of the child `name`."""
    label = f"{name:<6} | "
    return f"\033[{COLOURS.get(name, 90)}m{label}\033[0m" if coloured() else label


def tail(log: Path, lines: int = 15) -> str:
    """Returns the last lines of a log file, indented; an empty string if it cannot be read."""
    try:
        text = log.read_text("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(f"    {line.rstrip()}" for line in text.splitlines()[-lines:] if line.strip())


def utf8() -> None:
    """Replaces characters that the terminal's encoding lacks, so that writing them does not raise."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
