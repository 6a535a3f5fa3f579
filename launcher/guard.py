"""The guard: a process that stops the launcher's children after the launcher was killed.

It reads lines from its standard input: `+<pid>` for a child that started, `-<pid>` for one that ended. When the input
ends, it stops the children that are left. A pipe works on Linux and macOS, and for every kind of child.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

SECONDS = 12.0


def main() -> None:
    """Tracks the launcher's children until the launcher ends, then stops those that are left, the newest first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: list[int] = []
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            children.append(pid)
        elif pid in children:
            children.remove(pid)
    until = time.monotonic() + SECONDS
    for child in reversed(children):
        stop(child, until)


def stop(child: int, until: float) -> None:
    """Sends SIGTERM and waits for the process to end; after `until` kills its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
        while alive(child):
            time.sleep(0.02)
            if time.monotonic() > until:
                os.killpg(child, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process runs. A zombie does not count."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # macOS has no /proc, and always reaps ended processes
        return not Path("/proc/self").exists()
    return state != "Z"


if __name__ == "__main__":
    main()
