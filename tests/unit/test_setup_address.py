"""`make run` checks the address of the API before it installs anything."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import ports
from launcher.console import Problem
from launcher.folder import Folder
from launcher.setup import address
from launcher.setup.__main__ import main

ROOT = Path(__file__).parents[2]
UNUSED_PID = 2**22 + 1
"""The id of no process: it exceeds the highest id on Linux and macOS."""


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_busy_port_stops_the_setup_before_it_begins(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", str(taken))
    monkeypatch.setattr("launcher.setup.packages.prepare", None)
    assert main("start") == 1
    output = capsys.readouterr().out
    assert output.startswith(f"Port {taken} is in use by another program.")
    assert output.count("\n") == 1


@pytest.mark.parametrize("line", ["PORT={}", 'export port = "{}"  # mine', "\ufeffPORT='{}'", "PORT=1\nPORT={}"])
def test_the_port_of_dotenv_is_checked(taken: int, line: str) -> None:
    Path(".env").write_text(line.format(taken), "utf-8")
    with pytest.raises(Problem, match=f"Port {taken} is in use"):
        address.check()


@pytest.mark.parametrize("value", ["abc", "0", "70000", "-1"])
def test_a_value_that_is_no_port_is_left_to_the_launcher(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)
    address.check()


def test_a_free_port_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(ports.free()))
    address.check()


def test_a_run_in_this_folder_is_named(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken))
    with Folder(Path(".holdfast")).lock(f"http://127.0.0.1:{taken}"):
        with pytest.raises(Problem, match=rf"already runs in this folder \(process {os.getpid()}\)"):
            address.check()


def test_a_run_that_is_stopping_is_left_to_the_launcher(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken))
    with Folder(Path(".holdfast")).lock("here") as lock:
        lock.truncate(0)
        lock.write(f"{UNUSED_PID} http://127.0.0.1:{taken}")
        lock.flush()
        address.check()


def test_the_check_needs_only_the_standard_library(taken: int) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import launcher.setup.address",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
