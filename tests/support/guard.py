"""Ends the processes that a test run started when the run ends, however it ends.

All processes of a run, grandchildren and browsers included, inherit a mark in their environment, so none has to be
registered. The guard is a process of its own that reads from a pipe; the pipe's end tells it that the run is gone. It
needs `/proc`: on other systems a killed run leaves its processes behind.
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

MARK = "HOLDFAST_TEST_RUN"
"""The environment variable whose value identifies the processes of one run."""

SECONDS = 60.0
"""Time limit in seconds for processes to end; generous because the machine may be busy."""
INTERVAL = 0.05


@contextlib.contextmanager
def guarded() -> Iterator[str]:
    """Mark all processes started inside the block and end them with this process. Yields the mark's value."""
    import pytest  # not in the guard itself, which each process of pytest starts

    run = uuid4().hex
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}  # or an outer guard ends it
    command = [sys.executable, "-m", __name__, run]
    guard = subprocess.Popen(command, env=unmarked, stdin=subprocess.PIPE, start_new_session=True)
    with guard, pytest.MonkeyPatch.context() as changed:
        changed.setenv(MARK, run)
        yield run


def processes(run: str) -> dict[int, str]:
    """The IDs and command lines of the run's processes that are still running."""
    mark = f"{MARK}={run}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # belongs to another user, or has ended
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def left(run: str, seconds: float = SECONDS) -> dict[int, str]:
    """The run's processes that have not ended after so many seconds."""
    until = time.monotonic() + seconds
    while (found := processes(run)) and time.monotonic() < until:
        time.sleep(INTERVAL)
    return found


def main(run: str) -> None:
    """Wait for the end of the run, then kill its remaining processes and those that they start meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    until = time.monotonic() + SECONDS
    while (found := processes(run)) and time.monotonic() < until:
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main(sys.argv[1])
