"""How processes stop, and how their turns go on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from arq.constants import in_progress_key_prefix

from chat import keys
from launcher import ports
from tests.chaos.deployment import Deployment, ended, kill, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.model_server import Led, break_off, tell
from tests.support.stack import ready
from tests.support.waiting import PATIENCE, eventually


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One API and two workers with a short drain."""
    folder = tmp_path_factory.mktemp("stopping") / "deployment"
    async with open_deployment(folder, apis=1, workers=2, drain_seconds="2") as deployment:
        yield deployment


async def reading(user: SimulatedUser, observed: ObservedTurn) -> "asyncio.Task[ObservedTurn]":
    """Start a reader of the turn and wait until it has some text."""
    task = asyncio.create_task(user.read(observed))

    async def has_text() -> bool:
        return bool(observed.transcript.text)

    await eventually(has_text)
    return task


async def claim_of(deployment: Deployment, observed: ObservedTurn) -> str | None:
    """The claim token of the worker that runs the turn."""
    token: str | None = await deployment.store.get(f"{in_progress_key_prefix}{observed.turn_id}")
    return token


def no_traceback(deployment: Deployment) -> bool:
    return "Traceback" not in deployment.log.read_text("utf-8")


def broken_tasks(deployment: Deployment, process: str) -> list[tuple[str, str]]:
    """The background tasks that failed in such a process, with their errors, according to the log."""
    broke = [line for line in deployment.logged() if (line["event"], line["process"]) == ("task_broke", process)]
    return [(line["task"], line["error"]) for line in broke]


async def test_a_stopping_worker_hands_over_only_long_replies(
    deployment: Deployment,
) -> None:
    deployment.model.on("short", tell(*["s "] * 10, pause=0.05))
    deployment.model.on("long", *[break_off("l ", hang=True)] * 5, tell(*["l "] * 10))
    users = [SimulatedUser(deployment) for _ in range(10)]
    leaving = deployment.workers.pop(0)
    for worker in deployment.workers:
        worker.send_signal(signal.SIGSTOP)  # so that the leaving worker gets all replies
    short = [await user.ask("short") for user in users[:5]]
    long = [await user.ask("long") for user in users[5:]]
    readers = [await reading(user, observed) for user, observed in zip(users, short + long, strict=True)]
    claims = [await claim_of(deployment, observed) for observed in long]
    assert None not in claims
    for worker in deployment.workers:
        worker.send_signal(signal.SIGCONT)
    leaving.terminate()
    await ended(leaving)
    later = [await claim_of(deployment, observed) for observed in long]
    assert not set(claims) & set(later), "a claim outlived its worker, so its turn would wait for the lease's end"
    await asyncio.gather(*readers)
    states = await check(users[:5], short, "s " * 10) + await check(users[5:], long, "l " * 10)
    assert [state["attempt"] for state in states[:5]] == [1] * 5
    assert [len(observed.restarts) for observed in long] == [1] * 5
    assert no_traceback(deployment)
    await deployment.start_worker()
    await deployment.workers_listed(2)


async def test_a_second_signal_stops_a_worker_and_its_turn_goes_on(deployment: Deployment) -> None:
    deployment.model.on("two signals", tell(*["t "] * 100, pause=0.05))
    user = SimulatedUser(deployment)
    observed = await user.ask("two signals")
    reader = await reading(user, observed)
    for worker in deployment.workers:
        worker.terminate()
    for _ in range(2):
        await deployment.start_worker()
    for worker in deployment.workers[:2]:
        with suppress(ProcessLookupError):  # an idle one may have left before the second signal
            worker.send_signal(signal.SIGTERM)
    leaving = deployment.workers[:2]
    del deployment.workers[:2]
    codes = {await ended(worker) for worker in leaving}
    assert codes <= {0, -signal.SIGTERM}, codes
    await reader
    await check([user], [observed], "t " * 100)
    assert len(observed.restarts) == 1
    assert no_traceback(deployment)


async def test_a_stopping_worker_without_a_drain_claims_nothing_more(tmp_path: Path) -> None:
    async with open_deployment(
        tmp_path / "deployment", apis=1, workers=1, drain_seconds="0", worker_slots="5"
    ) as deployment:
        deployment.model.on("long", *[break_off("l ", hang=True)] * 5, tell(*["l "] * 10))
        users = [SimulatedUser(deployment) for _ in range(5)]
        turns = [await user.ask("long") for user in users]
        readers = [await reading(user, observed) for user, observed in zip(users, turns, strict=True)]
        waiting = [SimulatedUser(deployment) for _ in range(5)]
        turns += [await user.ask("long") for user in waiting]
        leaving = deployment.workers.pop()
        leaving.terminate()
        while leaving.returncode is None:
            await deployment.queue.publish(keys.WAKE, "")
            await asyncio.sleep(0)
        assert [await claim_of(deployment, observed) for observed in turns] == [None] * 10
        assert await deployment.queue.zcard(keys.QUEUE) == 10
        await deployment.start_worker()
        await asyncio.gather(
            *readers, *(user.read(observed) for user, observed in zip(waiting, turns[5:], strict=True))
        )
        states = await check([*users, *waiting], turns, "l " * 10)
        assert [state["attempt"] for state in states] == [2] * 5 + [1] * 5
        assert no_traceback(deployment)


async def test_a_failed_background_task_ends_its_worker_not_the_turn(deployment: Deployment) -> None:
    led = Led()
    deployment.model.on("broken worker", led, tell("all of it"))
    for worker in deployment.workers:
        worker.send_signal(signal.SIGSTOP)  # so that the failing worker gets the reply
    failing = await deployment.start_other("tests.support.breaking_worker")
    user = SimulatedUser(deployment)
    observed = await user.ask("broken worker")
    await (await led.exchange()).say("some")
    assert await ended(failing) == 1
    assert broken_tasks(deployment, "worker") == [("break_soon", "ZeroDivisionError")]
    for worker in deployment.workers:
        worker.send_signal(signal.SIGCONT)
    await user.read(observed)
    await check([user], [observed], "all of it")


async def test_a_failed_background_task_ends_its_api_not_its_readers(deployment: Deployment) -> None:
    led = Led()
    deployment.model.on("broken API", led)
    user = SimulatedUser(deployment)
    observed = await user.ask("broken API")
    await (await led.exchange()).say("some ")
    port = str(ports.free())
    failing = await deployment.start_other("tests.support.breaking_api", PORT=port)
    await ready(f"http://127.0.0.1:{port}", deployment.log)
    url = f"http://127.0.0.1:{port}/chat/turns/{observed.turn_id}/events"
    raw = (await deployment.http.get(url, headers=user.identity)).content
    assert await ended(failing) == 1
    assert b'"type":"end"' not in raw
    assert raw.split(b"\n\n")[-2].startswith(b"retry: ")
    assert broken_tasks(deployment, "api") == [("Feed.run", "ZeroDivisionError")]
    reader = asyncio.create_task(user.read(observed))
    await led.finish()
    await reader
    await check([user], [observed], "some ")


async def test_readiness_fails_when_every_worker_is_dead(deployment: Deployment) -> None:
    async def answers(status: int) -> bool:
        return (await deployment.http.get(f"{deployment.urls[0]}/health/ready")).status_code == status

    while deployment.workers:
        await kill(deployment.workers.pop())
    await eventually(
        lambda: answers(503),
    )
    for _ in range(2):
        await deployment.start_worker()
    await eventually(lambda: answers(200))
    await deployment.workers_listed(2)


async def test_a_stopping_api_ends_streams_between_events_with_retry(
    deployment: Deployment,
) -> None:
    led = Led()
    deployment.model.on("redeploy", led)
    user = SimulatedUser(deployment)
    observed = await user.ask("redeploy")
    exchange = await led.exchange()
    await exchange.say("first ")
    port, api = next(iter(deployment.apis.items()))
    url = f"http://127.0.0.1:{port}/chat/turns/{observed.turn_id}/events"
    raw = b""
    async with deployment.http.stream("GET", url, headers=user.identity) as response:
        async for chunk in response.aiter_bytes():
            raw += chunk
            if b"first" in raw and api.returncode is None:
                api.terminate()
    assert await ended(api) in (0, -signal.SIGTERM)
    assert b'"type":"end"' not in raw
    assert raw.endswith(b"\n\n")
    assert raw.split(b"\n\n")[-2].startswith(b"retry: ")
    assert no_traceback(deployment)
    await deployment.start_api(port)
    await deployment.all_ready()
    reader = asyncio.create_task(user.read(observed))
    await exchange.say("second")
    await led.finish()
    await reader
    await check([user], [observed], "first second")


async def test_a_turn_whose_job_is_gone_is_queued_again(deployment: Deployment) -> None:
    deployment.model.on("lost job", tell("found"))
    for worker in deployment.workers:
        worker.send_signal(signal.SIGSTOP)
    user = SimulatedUser(deployment)
    observed = await user.ask("lost job")
    await deployment.store.zrem(keys.QUEUE, observed.turn_id)
    await deployment.store.delete(f"arq:job:{observed.turn_id}")
    for worker in deployment.workers:
        worker.send_signal(signal.SIGCONT)
    await user.read(observed)
    await check([user], [observed], "found")


async def test_a_running_turn_without_lease_and_job_is_started_again(deployment: Deployment) -> None:
    led = Led()
    deployment.model.on("lost lease", led, tell("all of it"))
    user = SimulatedUser(deployment)
    observed = await user.ask("lost lease")
    await (await led.exchange()).say("some")
    reader = await reading(user, observed)
    await deployment.store.delete(f"{in_progress_key_prefix}{observed.turn_id}", f"arq:job:{observed.turn_id}")
    await deployment.store.zrem(keys.QUEUE, observed.turn_id)
    await reader
    await check([user], [observed], "all of it")
    assert len(observed.restarts) == 1


async def test_a_job_that_cannot_be_read_ends_its_turn_with_an_error(deployment: Deployment) -> None:
    for worker in deployment.workers:
        worker.send_signal(signal.SIGSTOP)
    user = SimulatedUser(deployment)
    observed = await user.ask("never asked")
    await deployment.store.set(f"arq:job:{observed.turn_id}", b"\x80 no JSON")
    for worker in deployment.workers:
        worker.send_signal(signal.SIGCONT)
    await user.read(observed)
    assert observed.transcript.end
    assert (observed.transcript.end["type"], observed.transcript.end["code"]) == ("error", "job_lost")
    assert (await user.read(await user.ask_in(observed.session_id, "lost job"))).transcript.text == "found"


async def test_a_session_whose_active_turn_is_gone_accepts_a_question(deployment: Deployment) -> None:
    user = SimulatedUser(deployment)
    observed = await user.read(await user.ask("lost job"))
    await deployment.store.execute_command(
        "HSET", keys.session(observed.session_id), "active_turn", f"{observed.session_id}.1"
    )
    again = await user.read(await user.ask_in(observed.session_id, "lost job"))
    assert again.transcript.text == "found"


async def test_a_stop_works_when_its_message_is_lost(deployment: Deployment) -> None:
    led = Led()
    deployment.model.on("hint lost", led)
    user = SimulatedUser(deployment)
    observed = await user.ask("hint lost")
    exchange = await led.exchange()
    await exchange.say("shown")
    reader = await reading(user, observed)
    await deployment.store.execute_command("HSET", keys.turn(observed.turn_id), "cancel", "1")
    await reader
    assert observed.transcript.end
    assert observed.transcript.end["finish_reason"] == "cancelled"
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    await check([user], [observed])


async def test_a_turn_that_lost_too_many_workers_ends_with_an_error(deployment: Deployment) -> None:
    deployment.model.on("cursed", tell(*["c "] * 200, pause=0.05))
    user = SimulatedUser(deployment)
    observed = await user.ask("cursed")
    reader = await reading(user, observed)
    await deployment.store.execute_command("HSET", keys.turn(observed.turn_id), "losses", "3", "losses_alone", "1")
    await deployment.store.execute_command("HSET", keys.turn(observed.turn_id), "owner", "1")
    await deployment.store.delete(f"{in_progress_key_prefix}{observed.turn_id}")
    await deployment.store.zadd(keys.QUEUE, {observed.turn_id: 0})
    await reader
    assert observed.transcript.end
    assert observed.transcript.end["code"] == "attempts_exhausted"
