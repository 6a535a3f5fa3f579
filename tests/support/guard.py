"""Ends what a test run started once the run itself is gone, whatever ended it.

Everything that a run starts inherits its mark in the environment, grandchildren and browsers too, so that nothing has
to be told of. The guard is a process of its own that reads from a pipe; the pipe's end is the signal. It needs `/proc`:
on other systems a run that is killed leaves its processes behind.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

MARK = "HOLDFAST_TEST_RUN"
"""The variable whose value tells a run's processes from all others."""

SECONDS = 60.0
"""The end of a run is waited for like anything else on a machine that may be busy."""
EVERY = 0.05


@contextlib.contextmanager
def guarded() -> Iterator[str]:
    """Mark all that is started inside the block, and have it ended with this process; yields the mark's value."""
    run = uuid4().hex
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}  # else an outer run's guard ends it
    command = [sys.executable, "-m", __name__, run]
    guard = subprocess.Popen(command, env=unmarked, stdin=subprocess.PIPE, start_new_session=True)
    with guard, pytest.MonkeyPatch.context() as changed:
        changed.setenv(MARK, run)
        yield run


def processes(run: str) -> dict[int, str]:
    """The ids and command lines of the run's processes that still live."""
    mark = f"{MARK}={run}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's, or gone by now
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def left(run: str, seconds: float = SECONDS) -> dict[int, str]:
    """The run's processes that do not end by themselves within so many seconds."""
    until = time.monotonic() + seconds
    while (found := processes(run)) and time.monotonic() < until:
        time.sleep(EVERY)
    return found


def main(run: str) -> None:
    """Wait for the end of the run, then end what is left of it, and what that starts meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    until = time.monotonic() + SECONDS
    while (found := processes(run)) and time.monotonic() < until:
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1])
