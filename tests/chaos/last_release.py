"""Unpacks the code of the last release, so that its processes can run together with today's."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tests.support.stack import ROOT

COMMIT = "c7175e69d54356c56df5d749b4b2324b4794d276"
"""0.1.0. It runs on today's packages, so both releases have to work with them."""


class HistoryMissing(Exception):
    """This copy of the repository does not have the commit of the last release."""


def unpack(folder: Path) -> Path:
    """Write the packages of the last release to the folder and return it. Raises `HistoryMissing`."""
    done = subprocess.run(
        ["git", "archive", COMMIT, "api", "chat", "worker", "pyproject.toml"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise HistoryMissing(f"The history of git is needed (git fetch --unshallow): {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
