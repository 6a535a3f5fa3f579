"""A process that hangs is ended, and its work goes on elsewhere; one that was frozen or has no store is not."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chat import cpu_timer
from chat.watchdog import HUNG
from launcher import ports
from tests.chaos.deployment import LEASE_SECONDS, Deployment, ended, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import SimulatedUser
from tests.support.model_server import Led, tell
from tests.support.processes import Process
from tests.support.stack import ROOT, ready
from tests.support.waiting import eventually

LIMIT = 5.0
"""Seconds until the watchdog acts. Longer than any stall of a busy machine in which its own thread runs."""

OUTAGE = 1.5 * max(LIMIT, 3 * LEASE_SECONDS)
EVENTS = {"loop_blocked", "heartbeat_missing", "orderly_stop_hangs", "watchdog_broke"}


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One API and one worker, which records its health."""
    folder = tmp_path_factory.mktemp("watchdog") / "deployment"
    async with open_deployment(
        folder,
        apis=1,
        workers=1,
        watchdog_seconds=str(LIMIT),
        health_file=str(folder.parent / "health"),
    ) as deployment:
        yield deployment


def health_file(deployment: Deployment) -> Path:
    return Path(deployment.settings["health_file"])


def events(deployment: Deployment) -> list[dict[str, Any]]:
    """What watchdogs logged so far. The stacks that the CPU timer writes are no JSON."""
    lines = deployment.log.read_text("utf-8").splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in logged if line["event"] in EVENTS]


async def probe(deployment: Deployment, *arguments: str) -> int:
    """The exit code of the probe of the deployment's worker."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-m", "worker.health", *arguments),
        env={"HEALTH_FILE": str(health_file(deployment))},
        cwd=ROOT,
    )
    return await process.wait()


async def with_the_reply(deployment: Deployment, module: str, question: str) -> tuple[Process, SimulatedUser, Any, Any]:
    """Start another worker and have it run a reply that has some text: process, user, turn and its reader."""
    led = Led()
    deployment.model.on(question, led, tell("all of it"))
    (other,) = deployment.workers
    other.send_signal(signal.SIGSTOP)  # so that the new worker gets the reply
    worker = await deployment.start_other(module, HEALTH_FILE="")
    user = SimulatedUser(deployment)
    observed = await user.ask(question)
    reader = asyncio.create_task(user.read(observed))
    await (await led.exchange()).say("some")

    async def has_text() -> bool:
        return observed.transcript.text == "some"

    await eventually(has_text)
    other.send_signal(signal.SIGCONT)
    return worker, user, observed, reader


@pytest.mark.parametrize(("number", "code"), [(signal.SIGUSR1, HUNG), (signal.SIGUSR2, cpu_timer.EXIT_CODE)])
async def test_a_blocked_worker_is_ended_and_its_turn_goes_on(
    deployment: Deployment, number: signal.Signals, code: int
) -> None:
    """One waits; one computes in native code, where no thread of Python runs."""
    before = len(events(deployment))
    worker, user, observed, reader = await with_the_reply(
        deployment, "tests.support.blocking_worker", f"blocked by {number.name}"
    )
    worker.send_signal(number)
    assert await ended(worker) == code
    await reader
    await check([user], [observed], "all of it")
    assert len(observed.restarts) == 1
    logged = events(deployment)[before:]
    if number == signal.SIGUSR1:
        assert [(line["event"], line["process"]) for line in logged] == [("loop_blocked", "worker")]
        assert "/blocking.py:" in logged[0]["stack"].splitlines()[-1]
    else:
        assert logged == []
        assert 'blocking.py", line' in deployment.log.read_text("utf-8")


async def test_a_worker_that_renews_nothing_is_ended_in_order(deployment: Deployment) -> None:
    before = len(events(deployment))
    worker, user, observed, reader = await with_the_reply(deployment, "tests.support.silent_worker", "silent worker")
    assert await ended(worker) == HUNG
    await reader
    await check([user], [observed], "all of it")
    assert [line["event"] for line in events(deployment)[before:]] == ["heartbeat_missing"]


async def test_a_blocked_api_is_ended_and_its_readers_go_on(deployment: Deployment) -> None:
    led = Led()
    deployment.model.on("blocked API", led)
    user = SimulatedUser(deployment)
    observed = await user.ask("blocked API")
    exchange = await led.exchange()
    await exchange.say("some ")
    port = ports.free()
    api = await deployment.start_other("tests.support.blocking_api", PORT=str(port))
    await ready(f"http://127.0.0.1:{port}", deployment.log)
    before = len(events(deployment))
    url = f"http://127.0.0.1:{port}/chat/turns/{observed.turn_id}/events"
    async with deployment.http.stream("GET", url, headers=user.identity) as response:
        assert response.status_code == 200
        api.send_signal(signal.SIGUSR1)
        assert await ended(api) == HUNG
    assert [(line["event"], line["process"]) for line in events(deployment)[before:]] == [("loop_blocked", "api")]
    reader = asyncio.create_task(user.read(observed))
    await exchange.say("and the rest")
    await led.finish()
    await reader
    await check([user], [observed], "some and the rest")


async def goes_on(deployment: Deployment, question: str, ended_before: int) -> None:
    """Check that every process of the deployment still works, and that no watchdog has acted."""
    deployment.model.on(question, tell("here"))
    await deployment.all_ready()
    user = SimulatedUser(deployment)
    observed = await user.read(await user.ask(question))
    await check([user], [observed], "here")
    assert [process.returncode for process in (*deployment.workers, *deployment.apis.values())] == [None, None]
    assert len(events(deployment)) == ended_before


async def test_frozen_processes_go_on_when_they_are_continued(deployment: Deployment) -> None:
    before = len(events(deployment))
    processes = [*deployment.workers, *deployment.apis.values()]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2 * LIMIT)  # the freeze itself
    for process in processes:
        process.send_signal(signal.SIGCONT)
    await goes_on(deployment, "after the freeze", before)


async def test_processes_wait_for_a_dead_store(deployment: Deployment) -> None:
    """The worker is not ready meanwhile, but a restart would not help it."""
    before = len(events(deployment))

    async def is_ready() -> bool:
        return await probe(deployment) == 0

    await eventually(is_ready)
    await deployment.valkey.kill()
    await asyncio.sleep(OUTAGE)  # the outage itself
    assert (await probe(deployment), await probe(deployment, "live")) == (1, 0)
    await deployment.valkey.start()
    await eventually(is_ready)
    await goes_on(deployment, "after the outage", before)
