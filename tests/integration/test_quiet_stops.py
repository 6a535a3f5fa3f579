"""Ctrl-C and SIGTERM stop a process quietly, whenever they come after its modules are loaded."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import pytest

from launcher import ports
from tests.support.processes import start
from tests.support.stack import environment
from tests.support.waiting import PATIENCE, until

NOWHERE = "http://127.0.0.1:9/v1"


def settings(redis_url: str, port: int) -> dict[str, str]:
    return environment(redis_url, NOWHERE, {"port": str(port), "metrics_port": str(port)})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_process_names_its_address_and_stops_quietly(
    tmp_path: Path, redis_url: str, module: str, number: signal.Signals
) -> None:
    port, log = ports.free(), tmp_path / "process.log"
    process = await start(module, settings(redis_url, port), log)

    def is_ready() -> bool:
        lines = [line for line in log.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]
        ready = [line for line in lines if json.loads(line)["event"] == f"{module}_ready"]
        assert all(f"http://127.0.0.1:{port}" in line for line in ready)
        return bool(ready)

    await asyncio.to_thread(until, is_ready)
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), PATIENCE) in (0, -signal.SIGTERM)
    events = [json.loads(line)["event"] for line in log.read_text("utf-8").splitlines()]
    rest = events[events.index(f"{module}_ready") + 1 :]
    assert [event for event in rest if not event.startswith("model_server")] == [
        f"{module}_stopping",
        f"{module}_stopped",
    ]


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_ctrl_c_while_the_store_is_checked_is_quiet(tmp_path: Path, module: str) -> None:
    log = tmp_path / "process.log"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        process = await start(module, settings(url, ports.free()), log)
        with (await asyncio.to_thread(silent.accept))[0] as connection:
            await asyncio.to_thread(connection.recv, 1)  # else Ctrl-C may come while the client makes its socket, which
            process.send_signal(signal.SIGINT)  # Python then reports
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 130
    assert log.read_text("utf-8") == ""
