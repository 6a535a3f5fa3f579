"""Orders the files of a run so that those which mostly wait run next to those which compute.

pytest-xdist hands files out in the order of collection. Alphabetically, all processes would run `tests/chaos` at once
and leave the machine idle. The files of the other suites stay together, because some share a stack.
"""

from collections.abc import Sequence

LONG = (
    *("tests/chaos/", "tests/conformance/", "tests/fuzz/", "tests/e2e/test_rate_limit.py"),
    *("tests/e2e/test_accessible.py", "tests/integration/test_local_run.py"),
)
"""The suites and files that last long. Most of them wait: for leases, outages, silence, limits, or another process."""

SHARE = 0.6
"""The part of the run over which they are spread, so that none of them is among the last files."""


def ordered(files: Sequence[str]) -> list[str]:
    """Returns the paths of the files with those of `LONG` spread over the first part of the others."""
    long = [file for file in files if file.startswith(LONG)]
    others = [file for file in files if not file.startswith(LONG)]
    places = {file: SHARE * number / len(long) for number, file in enumerate(long)}
    places |= {file: number / len(others) for number, file in enumerate(others)}
    return sorted(places, key=lambda file: places[file])
