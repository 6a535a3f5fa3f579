"""The process that runs one turn alone: its exit codes, and that it ends with its worker."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from prometheus_client import Counter

from chat.settings import Settings
from chat.watchdog import HUNG
from launcher import ports
from launcher.guard import alive
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.databases import STORE, numbered
from tests.support.forks import WARNINGS
from tests.support.isolated_worker import ORDERS
from tests.support.model_server import ModelServer, tell
from tests.support.processes import Process, start
from tests.support.stack import KEPT
from tests.support.waiting import PATIENCE, eventually
from worker import metrics
from worker.jobs.isolation import HANDED_BACK, Isolation, order

WORKER = """
import signal, subprocess, sys
print(subprocess.Popen([sys.executable, "-m", "worker", "isolated"], stdout=subprocess.DEVNULL).pid, flush=True)
signal.pause()
"""
"""A worker that starts the process with its own standard input, as a new program."""


@dataclass
class Isolated:
    """A process that runs one turn, and the end of its standard input that its worker holds."""

    process: Process
    orders: int

    async def exit_code(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def close(self) -> None:
        """End its input, once."""
        if self.orders >= 0:
            os.close(self.orders)
        self.orders = -1


class Starting(Protocol):
    async def __call__(self, settings: Settings, turn_id: str, token: str) -> Isolated:
        """Start the process for this turn."""


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Starting]:
    running = list[Isolated]()

    async def start_one(settings: Settings, turn_id: str, token: str) -> Isolated:
        pipe = tmp_path / "orders"
        os.mkfifo(pipe)
        env = {name: os.environ[name] for name in KEPT if name in os.environ} | WARNINGS | {ORDERS: str(pipe)}
        orders = os.open(pipe, os.O_RDWR)  # opened for writing alone, it would wait for its reader
        running.append(Isolated(await start("tests.support.isolated_worker", env, tmp_path / "isolated.log"), orders))
        os.write(orders, order(settings, turn_id, token))
        return running[-1]

    yield start_one
    for each in running:
        each.close()
        await each.exit_code()


async def test_the_process_exits_with_0_after_closing_its_turn(
    chat: ChatFixture, redis_url: str, started: Starting
) -> None:
    turn_id = (await chat.open()).turn_id
    async with ModelServer().serve() as model:
        model.on("hello", tell("hi"))
        url = numbered(redis_url, STORE)
        settings = Settings(redis_url=url, openai_base_url=model.url, openai_api_key="k", session_titles=False)
        assert await (await started(settings, turn_id, "100")).exit_code() == 0
    assert await chat.contents() == ["hello", "hi"]


async def test_the_process_exits_with_0_if_another_claim_has_the_turn(
    chat: ChatFixture, redis_url: str, started: Starting
) -> None:
    turn_id, _ = await chat.begun("200")
    settings = Settings(redis_url=numbered(redis_url, STORE), openai_api_key="k")
    assert await (await started(settings, turn_id, "100")).exit_code() == 0


async def test_the_process_hands_the_turn_back_if_the_store_is_away(chat: ChatFixture, started: Starting) -> None:
    settings = Settings(redis_url=f"redis://127.0.0.1:{ports.free()}/0", openai_api_key="k")
    turn_id = (await chat.open()).turn_id
    assert await (await started(settings, turn_id, "100")).exit_code() == HANDED_BACK


async def test_a_worker_counts_the_attempts_of_its_isolated_processes() -> None:
    settings = Settings(openai_api_key="k")
    counters = (metrics.ISOLATED, metrics.ATTEMPTS, metrics.RESTARTS)
    before = [counted(counter) for counter in counters]
    await Isolation(settings, (sys.executable, "-c", "input()")).run("t", "100", never)
    assert [counted(counter) for counter in counters] == [count + 1 for count in before]


def counted(counter: Counter) -> float:
    return next(sample.value for metric in counter.collect() for sample in metric.samples)


async def never() -> bool:
    return False


@asynccontextmanager
async def silent_model(redis_url: str, **more: Any) -> AsyncIterator[tuple[Settings, asyncio.Event]]:
    """Yields settings with a model that never answers, and an event that is set once it was asked."""
    asked = asyncio.Event()

    async def silent(_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with ModelServer().serve() as model:
        model.on("hello", silent)
        url = numbered(redis_url, STORE)
        given: dict[str, Any] = {
            "redis_url": url,
            "openai_base_url": model.url,
            "openai_api_key": "k",
            "session_titles": False,
        }
        yield Settings(**(given | more)), asked


async def test_a_stop_ends_the_turn_and_its_process_exits_with_0(
    chat: ChatFixture, redis_url: str, started: Starting
) -> None:
    turn_id = (await chat.open()).turn_id
    async with silent_model(redis_url) as (settings, asked):
        process = await started(settings, turn_id, "100")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        assert (await chat.turns.cancel(USER, turn_id)).state == "running"
        assert await process.exit_code() == 0
    turn = await chat.turns.get(turn_id)
    assert turn is not None
    assert (turn.state, turn.finish_reason) == ("cancelled", "cancelled")


async def test_the_process_hands_back_when_its_input_closes(
    chat: ChatFixture, redis_url: str, started: Starting
) -> None:
    turn_id = (await chat.open()).turn_id
    async with silent_model(redis_url) as (settings, asked):
        process = await started(settings, turn_id, "100")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        process.close()
        assert await process.exit_code() == HANDED_BACK


async def test_a_process_that_hangs_ends_without_handing_back(
    chat: ChatFixture, redis_url: str, started: Starting
) -> None:
    """Its turn is what blocks it, so the attempt counts as lost."""
    turn_id = (await chat.open()).turn_id
    async with silent_model(redis_url, watchdog_seconds=3) as (settings, asked):
        process = await started(settings, turn_id, "100")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        process.process.send_signal(signal.SIGUSR1)
        assert await process.exit_code() == HUNG


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux' kernel ends a process with its parent")
async def test_a_killed_workers_process_ends_though_its_input_is_open(chat: ChatFixture, redis_url: str) -> None:
    """As if no thread of the process read its input."""
    turn_id = (await chat.open()).turn_id
    reads, writes = os.pipe()
    async with silent_model(redis_url) as (settings, asked):
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, stdin=reads, stdout=PIPE)
        os.close(reads)
        assert worker.stdout
        process_id = int(await worker.stdout.readline())
        try:
            os.write(writes, order(settings, turn_id, "100"))
            await asyncio.wait_for(asked.wait(), PATIENCE)
            worker.kill()
            await worker.wait()

            async def is_gone() -> bool:
                return not alive(process_id)

            await eventually(is_gone)
        finally:
            os.close(writes)
