"""The command of compose's Redis: half of its memory for data, and a sentence for values that cannot work."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.compose_file import SERVICES

SCRIPT = SERVICES["redis"]["command"][2].replace("$$", "$")


def started(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs the command with a `valkey-server` that prints its arguments and its configuration."""
    server = folder / "valkey-server"
    server.write_text('#!/bin/sh\necho "$@"; cat\n', "utf-8")
    server.chmod(0o700)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "REDIS_PASSWORD": "secret", **given}
    return subprocess.run(["sh", "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "maxmemory"),
    [
        ({"REDIS_MEMORY": "2g"}, 1 << 30),
        ({"REDIS_MEMORY": "200m"}, 100 << 20),
        ({"REDIS_MEMORY": "512MB"}, 256 << 20),
        ({"REDIS_MEMORY": "4194304"}, 2 << 20),
        ({"REDIS_MEMORY": "1.5g"}, 512 << 20),
        ({"REDIS_MEMORY": "2g", "REDIS_MAXMEMORY": ""}, 1 << 30),
        ({"REDIS_MEMORY": "2g", "REDIS_MAXMEMORY": "1536mb"}, 1536 << 20),
    ],
    ids=str,
)
def test_redis_takes_half_of_its_memory_for_data(tmp_path: Path, given: dict[str, str], maxmemory: int) -> None:
    done = started(tmp_path, **given)
    assert f"--maxmemory {maxmemory} --maxmemory-policy noeviction\n" in done.stdout
    assert done.stdout.endswith('requirepass "secret"\n')
    assert "secret" not in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "given",
    [
        {"REDIS_MEMORY": "0"},
        {"REDIS_MEMORY": "0.5g"},
        {"REDIS_MEMORY": "two"},
        {"REDIS_MEMORY": "2g", "REDIS_MAXMEMORY": "2g"},
        {"REDIS_MEMORY": "2g", "REDIS_MAXMEMORY": "0"},
    ],
    ids=str,
)
def test_redis_does_not_start_with_an_impossible_limit(tmp_path: Path, given: dict[str, str]) -> None:
    done = started(tmp_path, **given)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("REDIS_MEMORY has to be a whole number with a unit")
