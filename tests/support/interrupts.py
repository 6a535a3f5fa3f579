"""Signals that stop a process, for those that a run starts, also where the run itself was started in the background.

A shell without job control starts `make test &` with SIGINT ignored, `nohup` ignores SIGHUP, and what is ignored is
inherited: no process of the run would end by it. A handler is not inherited; a new program starts with the default.
"""

import signal
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def keep_from_children() -> None:
    """Go on ignoring what this process ignores, but have the processes that it starts begin with the default."""
    for number in STOPPING:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, _ignore)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing, as `SIG_IGN` does."""
