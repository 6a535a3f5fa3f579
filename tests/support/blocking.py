"""Blocks the event loop of a process at a signal: SIGUSR1 waits for ever, SIGUSR2 computes for ever in native code."""

import re
import signal
import time
from types import FrameType

ENDLESS = re.compile("(a+)+$")
"""Takes a time that doubles with each letter of a text that ends with another one."""


def at_signals() -> None:
    signal.signal(signal.SIGUSR1, _wait)
    signal.signal(signal.SIGUSR2, _compute)


def _wait(_number: int, _frame: FrameType | None) -> None:
    while True:
        time.sleep(1)


def _compute(_number: int, _frame: FrameType | None) -> None:
    """Holds the interpreter's lock, so that no other thread runs."""
    ENDLESS.match("a" * 60 + "b")
