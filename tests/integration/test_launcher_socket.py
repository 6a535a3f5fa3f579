"""The API has the launcher kill the worker through a Unix socket."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.main import create_app
from api.streaming.shutdown import ShutdownSignal
from chat.launcher_socket import LauncherUnavailable, WorkerStarting, kill_worker
from chat.settings import Settings
from launcher.control import control
from launcher.processes import Service
from launcher.supervisor import Supervisor
from tests.support.waiting import eventually

SLEEP = ["sleep", "1000"]


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A relative path, as the launcher has: the path of a socket may have 107 bytes."""
    monkeypatch.chdir(tmp_path)
    return Path("launcher.sock")


@asynccontextmanager
async def supervised(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    """A supervisor with one worker, which may be killed at once."""
    monkeypatch.setattr("launcher.supervisor.START_SECONDS", 0)
    async with Supervisor() as supervisor:
        await supervisor.start(Service("worker", SLEEP, {}))
        yield supervisor


def pid(supervisor: Supervisor) -> int:
    (child,) = supervisor.children
    assert child.process
    return child.process.pid


async def test_a_worker_killed_on_request_starts_again(monkeypatch: pytest.MonkeyPatch, socket: Path) -> None:
    async with supervised(monkeypatch) as supervisor, control(socket, lambda: supervisor.kill_on_request("worker")):
        for _ in range(8):  # more often than a worker may end by itself
            before = pid(supervisor)
            await kill_worker(socket)

            async def runs(before: int = before) -> bool:
                return pid(supervisor) != before

            await eventually(runs)
        assert not supervisor.failure.done()


async def test_a_worker_that_just_started_is_not_killed(socket: Path) -> None:
    async with Supervisor() as supervisor, control(socket, lambda: supervisor.kill_on_request("worker")):
        await supervisor.start(Service("worker", SLEEP, {}))
        before = pid(supervisor)
        with pytest.raises(WorkerStarting):
            await kill_worker(socket)
        assert pid(supervisor) == before


async def never() -> bool:
    raise AssertionError("an unknown command killed the worker")


async def test_an_unknown_command_kills_nothing(socket: Path) -> None:
    async with control(socket, never):
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(b"kill api\n")
        assert await reader.read() == b"unknown\n"
        writer.close()


async def test_only_its_user_can_open_the_socket(socket: Path) -> None:
    await asyncio.to_thread(socket.touch)  # as a killed launcher leaves it behind
    async with control(socket, never):
        kept = await asyncio.to_thread(socket.stat)
        assert stat.S_IMODE(kept.st_mode) == 0o600
    assert not await asyncio.to_thread(socket.exists)


async def test_a_launcher_that_is_away_is_reported(socket: Path) -> None:
    with pytest.raises(LauncherUnavailable):
        await kill_worker(socket)


def paths(**settings: Any) -> set[str]:
    app = create_app(Settings(_env_file=None, **settings), ShutdownSignal())
    return set(app.openapi()["paths"])


def test_the_route_exists_only_with_a_launcher(tmp_path: Path) -> None:
    assert "/demo/kill-worker" in paths(launcher_socket=tmp_path / "launcher.sock")
    assert "/demo/kill-worker" not in paths()
