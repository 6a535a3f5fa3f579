"""Ctrl-C and SIGTERM stop a process quietly, whenever they come after its modules are loaded."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher import ports
from tests.support.stack import ROOT, environment

NOWHERE = "http://127.0.0.1:9/v1"


@contextmanager
def running(folder: Path, module: str, redis_url: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Runs `python -m <module>` as a terminal does."""
    env = environment(redis_url, NOWHERE, {"port": str(port), "metrics_port": str(port)})
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=folder,
        env=env | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["api", "worker"])
def test_a_process_names_its_address_and_stops_quietly(
    tmp_path: Path, redis_url: str, module: str, number: signal.Signals
) -> None:
    port = ports.free()
    with running(tmp_path, module, redis_url, port) as process:
        assert process.stderr
        for line in process.stderr:
            if json.loads(line)["event"] == f"{module}_ready":
                assert f"http://127.0.0.1:{port}" in line
                break
        process.send_signal(number)
        rest = [json.loads(line)["event"] for line in process.stderr]
    assert [event for event in rest if not event.startswith("model_server")] == [
        f"{module}_stopping",
        f"{module}_stopped",
    ]
    assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.parametrize("module", ["api", "worker"])
def test_ctrl_c_while_the_store_is_checked_is_quiet(tmp_path: Path, module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with running(tmp_path, module, f"redis://127.0.0.1:{silent.getsockname()[1]}/0", ports.free()) as process:
            with silent.accept()[0] as connection:
                connection.recv(1)  # else Ctrl-C may come while the client makes its socket, which Python then reports
                process.send_signal(signal.SIGINT)
                assert process.stderr
                assert process.stderr.read() == ""
    assert process.returncode == 130
