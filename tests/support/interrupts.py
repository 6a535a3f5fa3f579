"""Makes the processes of a run obey stop signals even if the run was started in the background.

A shell without job control starts `make test &` with SIGINT ignored, `nohup` ignores SIGHUP, and child processes
inherit ignored signals, so none of them would stop. Handlers are not inherited; a new program gets the default.
"""

import signal
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def keep_from_children() -> None:
    """Keep ignoring the signals that this process ignores, but let its child processes start with the default."""
    for number in STOPPING:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, _ignore)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Ignore the signal, as `SIG_IGN` does."""
