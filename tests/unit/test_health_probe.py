"""The worker's probe reads a file, and imports nothing of the application."""

import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.support.repository import ROOT
from worker.health import is_healthy, record

LATER, EARLIER = 60.0, -0.001


def probe(file: Path | None, *arguments: str) -> int:
    """Runs the probe as compose does. Returns its exit code."""
    command = [sys.executable, "-S", "-m", "worker.health", *arguments]
    env = {"HEALTH_FILE": str(file)} if file else {}
    return subprocess.run(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL, check=False).returncode


@pytest.mark.parametrize(
    ("live", "ready", "is_live", "is_ready"),
    [
        (LATER, LATER, True, True),
        (LATER, EARLIER, True, False),
        (EARLIER, LATER, False, False),
        (EARLIER, EARLIER, False, False),
    ],
)
def test_a_worker_is_healthy_until_the_times_in_its_file(
    tmp_path: Path, live: float, ready: float, is_live: bool, is_ready: bool
) -> None:
    file = tmp_path / "health"
    record(str(file), monotonic() + live, monotonic() + ready)
    assert is_healthy(str(file), only_live=True) is is_live
    assert is_healthy(str(file), only_live=False) is is_ready
    assert [each.name for each in tmp_path.iterdir()] == ["health"]


@pytest.mark.parametrize("content", [None, "", "1 2", "soon", "1e12 2e12 3e12"])
def test_a_missing_damaged_or_older_file_is_not_healthy(tmp_path: Path, content: str | None) -> None:
    """The last one is from before a restart of the machine, when its clock showed more."""
    file = tmp_path / "health"
    if content is not None:
        file.write_text(content, "utf-8")
    assert not is_healthy(str(file), only_live=True)


def test_the_probe_exits_with_0_or_1(tmp_path: Path) -> None:
    file = tmp_path / "health"
    assert (probe(file), probe(None)) == (1, 1)
    record(str(file), monotonic() + LATER, monotonic() + EARLIER)
    assert (probe(file), probe(file, "live")) == (1, 0)
    record(str(file), monotonic() + LATER, monotonic() + LATER)
    assert probe(file) == 0


def test_the_probe_imports_nothing_but_the_standard_library() -> None:
    script = "import sys, worker.health; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - sys.stdlib_module_names - {"__main__"} == {"worker"}
