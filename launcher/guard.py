"""The guard: stops what the launcher started if the launcher itself is killed.

It reads `+<pid>` and `-<pid>` lines; the end of its input without the launcher's good-bye is the signal.
A pipe works on Linux and macOS alike, and whatever the children are.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

SECONDS = 12.0


def main() -> None:
    """Follow the launcher's children until it is gone, then stop those that are left, the latest first."""
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
    """Ask a process to end and wait for it, by force once the time is over."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
        while alive(child):
            time.sleep(0.02)
            if time.monotonic() > until:
                os.killpg(child, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process still runs. One that ended counts as gone even where nobody has collected it."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # macOS has no /proc, and always collects
        return not Path("/proc/self").exists()
    return state != "Z"


if __name__ == "__main__":
    main()
