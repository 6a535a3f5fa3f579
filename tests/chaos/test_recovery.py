"""What remains of a reply, and who continues it, when workers die or stop repeatedly and when Redis is away."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2
import pytest

from tests.chaos.deployment import Deployment, ended, kill, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.model_server import Led, tell
from tests.support.sse import Transcript, read
from tests.support.waiting import PATIENCE, eventually

LOSSES = 2
"""Losses after which this deployment ends a turn as failed."""

LEASE = 3
OUTAGE = 4.0
WORDS = [f"w{number} " for number in range(100)]
PAUSE = 0.05


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One API and one worker with a short drain."""
    folder = tmp_path_factory.mktemp("recovery") / "deployment"
    async with open_deployment(
        folder, apis=1, workers=1, lease_seconds=str(LEASE), max_attempts=str(LOSSES), drain_seconds="1"
    ) as deployment:
        yield deployment


async def send_and_see(observed: ObservedTurn, led: Led, text: str) -> None:
    """Let the model send thinking and text, and wait until the reader has exactly this text."""
    exchange = await led.exchange()
    await exchange.delta(reasoning_content=f"thought before {text}")
    await exchange.say(text)

    async def is_seen() -> bool:
        return observed.transcript.text == text

    await eventually(is_seen)


async def stopped_without_a_worker(
    deployment: Deployment, user: SimulatedUser, observed: ObservedTurn, _: Sequence[Led]
) -> None:
    await user.call("POST", f"/chat/turns/{observed.turn_id}/cancel")
    await deployment.start_worker()


async def lost_twice_more(
    deployment: Deployment, _: SimulatedUser, observed: ObservedTurn, later: Sequence[Led]
) -> None:
    """The second attempt gets no further than the first, so the third runs in a process of its own."""
    await deployment.start_worker()
    await send_and_see(observed, later[0], "again again")
    await kill(deployment.workers.pop())
    await deployment.start_worker()

    async def isolated() -> bool:
        return bool(deployment.isolated(observed.turn_id))

    await eventually(isolated)
    await send_and_see(observed, later[1], "once more")
    os.kill(deployment.isolated(observed.turn_id)[-1], signal.SIGKILL)


async def left_with_a_job_that_cannot_be_read(
    deployment: Deployment, _: SimulatedUser, observed: ObservedTurn, __: Sequence[Led]
) -> None:
    await deployment.store.set(f"arq:job:{observed.turn_id}", b"\x80 no JSON")
    await deployment.start_worker()


Fault = Callable[[Deployment, SimulatedUser, ObservedTurn, Sequence[Led]], Awaitable[None]]


@pytest.mark.parametrize(
    ("fault", "text", "outcome"),
    [
        (stopped_without_a_worker, "the first try", "cancelled"),
        (lost_twice_more, "once more", "attempts_exhausted"),
        (left_with_a_job_that_cannot_be_read, "the first try", "job_lost"),
    ],
)
async def test_the_text_that_the_last_dead_attempt_sent_is_the_reply(
    deployment: Deployment, fault: Fault, text: str, outcome: str
) -> None:
    first, *later = Led(), Led(), Led()
    deployment.model.on(outcome, first, *later)
    user = SimulatedUser(deployment)
    observed = await user.ask(outcome)
    reader = asyncio.create_task(user.read(observed))
    await send_and_see(observed, first, "the first try")
    await kill(deployment.workers.pop())
    await fault(deployment, user, observed, later)
    await asyncio.wait_for(reader, PATIENCE)
    await check([user], [observed])
    late = await user.read(ObservedTurn(observed.session_id, observed.turn_id))
    stored = (await user.history(observed.session_id))[-1]
    assert observed.transcript.end == late.transcript.end
    assert observed.transcript.end is not None
    assert outcome in (observed.transcript.end.get("code"), observed.transcript.end.get("finish_reason"))
    for transcript in (observed.transcript, late.transcript):
        assert (transcript.text, transcript.thinking) == (text, f"thought before {text}")
    assert (stored["content"], stored["thinking"]) == (text, f"thought before {text}")
    assert observed.transcript.end["message_id"] == stored["id"]


async def test_a_reply_handed_over_more_often_than_max_attempts_ends(deployment: Deployment) -> None:
    leds = [Led() for _ in range(LOSSES + 2)]
    deployment.model.on("handed on", *leds)
    user = SimulatedUser(deployment)
    observed = await user.ask("handed on")
    reader = asyncio.create_task(user.read(observed))
    for number, led in enumerate(leds[:-1]):
        await send_and_see(observed, led, f"part {number}")
        leaving = deployment.workers.pop()
        leaving.terminate()
        await deployment.start_worker()
        assert await ended(leaving) == 0
    await send_and_see(observed, leds[-1], "all of it")
    await leds[-1].finish()
    await asyncio.wait_for(reader, PATIENCE)
    (turn,) = await check([user], [observed], "all of it")
    assert turn["attempt"] == len(leds)


async def test_a_job_that_failed_to_begin_runs_again_within_a_lease(deployment: Deployment) -> None:
    """arq's first command for a claimed job may fail; the claim must not be renewed for ever."""
    deployment.model.on("denied", tell("at last"))
    await deployment.store.execute_command("ACL", "LOG", "RESET")
    await deployment.store.execute_command("ACL", "SETUSER", "default", "-incrby")
    try:
        user = SimulatedUser(deployment)
        observed = await user.ask("denied")

        async def was_denied() -> bool:
            return "incrby" in str(await deployment.store.execute_command("ACL", "LOG")).lower()

        await eventually(was_denied)
    finally:
        await deployment.store.execute_command("ACL", "SETUSER", "default", "+incrby")
    await asyncio.wait_for(user.read(observed), PATIENCE)
    await check([user], [observed], "at last")


async def read_in_one_go(
    deployment: Deployment, address: str, user: SimulatedUser, transcript: Transcript
) -> Transcript:
    """Read one response from the transcript's cursor to its end. It must have status 200, however late it begins."""
    headers = {**user.identity, **({"Last-Event-ID": transcript.last_id} if transcript.last_id else {})}
    timeout = httpx2.Timeout(PATIENCE, pool=None)
    async with deployment.http.stream("GET", deployment.urls[0] + address, headers=headers, timeout=timeout) as answer:
        assert answer.status_code == 200, f"{answer.status_code} {(await answer.aread())!r}"
        return await read(answer, transcript)


async def test_an_outage_of_redis_ends_and_refuses_no_stream(deployment: Deployment) -> None:
    """A native EventSource never reconnects after a status other than 200."""
    deployment.model.on("outage", tell(*WORDS, pause=PAUSE))
    user = SimulatedUser(deployment)
    observed = await user.ask("outage")
    transcript, url = Transcript(), f"/chat/turns/{observed.turn_id}/events"
    steady = asyncio.create_task(read_in_one_go(deployment, url, user, transcript))

    async def has_text() -> bool:
        return bool(transcript.text)

    await eventually(has_text)
    await deployment.valkey.kill()
    seed = f"/chat/stream?session_id={observed.session_id}&message=outage"
    reconnecting = [
        asyncio.create_task(
            read_in_one_go(deployment, address, user, Transcript(text=transcript.text, last_id=transcript.last_id))
        )
        for address in (url, seed)
    ]
    await asyncio.sleep(OUTAGE)  # the outage itself
    assert not any(task.done() for task in (steady, *reconnecting))
    await deployment.valkey.start()
    transcripts = await asyncio.wait_for(asyncio.gather(steady, *reconnecting), PATIENCE)
    observed.transcript = transcripts[0]
    await check([user], [observed], "".join(WORDS))
    assert [each.text for each in transcripts] == ["".join(WORDS)] * 3
    assert all(each.end for each in transcripts)
