"""Sentences for the person at the terminal."""

import os
import sys
from pathlib import Path

COLOURS = {"api": 36, "worker": 35}


class Problem(Exception):
    """A failure that its reader can do something about; its text says what."""


def say(text: str, end: str = "\n") -> None:
    """Write to the terminal at once."""
    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except (OSError, ValueError):
        pass  # the terminal is gone, and what runs must still be stopped in order


def coloured() -> bool:
    """Whether colours would reach a person: https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def prefix(name: str) -> str:
    """What stands before each line of the child `name`."""
    label = f"{name:<6} | "
    return f"\033[{COLOURS.get(name, 90)}m{label}\033[0m" if coloured() else label


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented; empty where there is none."""
    try:
        text = log.read_text("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(f"    {line.rstrip()}" for line in text.splitlines()[-lines:] if line.strip())


def utf8() -> None:
    """Keep an odd locale from turning a sentence into an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
