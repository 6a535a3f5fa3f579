"""`python -S -m worker.health` exits with 0 if the worker of this container is healthy, otherwise with 1.

With the argument `live` it exits with 1 only if the worker has to be restarted. A probe runs every few seconds, so it
imports nothing of the application and asks no server: the worker records in `HEALTH_FILE` until when it is healthy.
"""

import os
import sys
from time import monotonic


def record(path: str, live_until: float, ready_until: float) -> None:
    """Writes the file. Times are of the monotonic clock, which all processes of a machine share. Raises `OSError`."""
    new = f"{path}.{os.getpid()}"
    with open(new, "w", encoding="ascii") as file:
        file.write(f"{monotonic()} {live_until} {ready_until}")
    os.replace(new, path)


def is_healthy(path: str, *, only_live: bool) -> bool:
    """Returns whether neither time of the file has passed. A file from before a restart of the machine is ignored."""
    try:
        with open(path, encoding="ascii") as file:
            written_at, live_until, ready_until = map(float, file.read().split())
    except (OSError, ValueError):
        return False
    now = monotonic()
    return written_at <= now < live_until and (only_live or now < ready_until)


def main() -> int:
    path = os.environ.get("HEALTH_FILE")
    if not path:
        sys.stderr.write("HEALTH_FILE is not set: the worker and its probe need the same.\n")
        return 1
    return not is_healthy(path, only_live=sys.argv[1:] == ["live"])


if __name__ == "__main__":
    sys.exit(main())
