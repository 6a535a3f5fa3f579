"""Orders the files of a run so that those which mostly wait run next to those which compute.

pytest-xdist hands files out in the order of collection. Alphabetically, all processes would run `tests/chaos` at once
and leave the machine idle. The files of the other suites stay together, because some share a stack.
"""

from collections.abc import Sequence

WAITING = ("tests/chaos/", "tests/conformance/", "tests/fuzz/", "tests/e2e/test_rate_limit.py")
"""The suites and files that last long and mostly wait: for leases, outages, silence, limits, or another process."""

SHARE = 0.6
"""The part of the run over which they are spread, so that none of them is among the last files."""


def ordered(files: Sequence[str]) -> list[str]:
    """Returns the paths of the files with those of `WAITING` spread over the first part of the others."""
    waiting = [file for file in files if file.startswith(WAITING)]
    others = [file for file in files if not file.startswith(WAITING)]
    places = {file: SHARE * number / len(waiting) for number, file in enumerate(waiting)}
    places |= {file: number / len(others) for number, file in enumerate(others)}
    return sorted(places, key=lambda file: places[file])
