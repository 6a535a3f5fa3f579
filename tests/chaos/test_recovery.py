"""What is left of a reply, and who goes on with it, when workers die or leave again and again and Redis goes away."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2
import pytest

from tests.chaos.deployment import Deployment, ended, kill, open_deployment
from tests.chaos.people import Person, Told
from tests.chaos.verdict import check
from tests.support.model_server import Led, tell
from tests.support.sse import Transcript, read
from tests.support.waiting import PATIENCE, eventually

LOSSES = 2
"""Losses after which a turn of this deployment is given up."""

LEASE = 3
OUTAGE = 4.0
WORDS = [f"w{number} " for number in range(100)]
PAUSE = 0.05


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One API and one worker that drains shortly."""
    folder = tmp_path_factory.mktemp("recovery") / "deployment"
    async with open_deployment(
        folder, apis=1, workers=1, lease_seconds=str(LEASE), max_attempts=str(LOSSES), drain_seconds="1"
    ) as deployment:
        yield deployment


async def shown(told: Told, led: Led, text: str) -> None:
    """The model thinks and says something, and the reader has seen exactly that."""
    exchange = await led.exchange()
    await exchange.delta(reasoning_content=f"thought before {text}")
    await exchange.say(text)

    async def is_seen() -> bool:
        return told.transcript.text == text

    await eventually(is_seen)


async def stopped_while_nobody_lives(deployment: Deployment, person: Person, told: Told, _: Sequence[Led]) -> None:
    await person.call("POST", f"/chat/turns/{told.turn_id}/cancel")
    await deployment.start_worker()


async def lost_twice_more(deployment: Deployment, _: Person, told: Told, later: Sequence[Led]) -> None:
    """The second attempt comes no further than the first, so the third has a process of its own."""
    await deployment.start_worker()
    await shown(told, later[0], "again again")
    await kill(deployment.workers.pop())
    await deployment.start_worker()

    async def isolated() -> bool:
        return bool(deployment.isolated(told.turn_id))

    await eventually(isolated)
    await shown(told, later[1], "once more")
    os.kill(deployment.isolated(told.turn_id)[-1], signal.SIGKILL)


async def left_with_a_job_that_cannot_be_read(deployment: Deployment, _: Person, told: Told, __: Sequence[Led]) -> None:
    await deployment.store.set(f"arq:job:{told.turn_id}", b"\x80 no JSON")
    await deployment.start_worker()


Blow = Callable[[Deployment, Person, Told, Sequence[Led]], Awaitable[None]]


@pytest.mark.parametrize(
    ("blow", "text", "outcome"),
    [
        (stopped_while_nobody_lives, "the first try", "cancelled"),
        (lost_twice_more, "once more", "attempts_exhausted"),
        (left_with_a_job_that_cannot_be_read, "the first try", "job_lost"),
    ],
)
async def test_what_the_last_dead_attempt_had_shown_stays_the_reply(
    deployment: Deployment, blow: Blow, text: str, outcome: str
) -> None:
    first, *later = Led(), Led(), Led()
    deployment.model.on(outcome, first, *later)
    person = Person(deployment)
    told = await person.ask(outcome)
    reader = asyncio.create_task(person.read(told))
    await shown(told, first, "the first try")
    await kill(deployment.workers.pop())
    await blow(deployment, person, told, later)
    await asyncio.wait_for(reader, PATIENCE)
    await check([person], [told])
    late = await person.read(Told(told.session_id, told.turn_id))
    stored = (await person.history(told.session_id))[-1]
    assert told.transcript.end == late.transcript.end
    assert told.transcript.end is not None
    assert outcome in (told.transcript.end.get("code"), told.transcript.end.get("finish_reason"))
    for transcript in (told.transcript, late.transcript):
        assert (transcript.text, transcript.thinking) == (text, f"thought before {text}")
    assert (stored["content"], stored["thinking"]) == (text, f"thought before {text}")
    assert told.transcript.end["message_id"] == stored["id"]


async def test_a_reply_that_is_handed_on_more_often_than_it_may_be_lost_is_completed(deployment: Deployment) -> None:
    leds = [Led() for _ in range(LOSSES + 2)]
    deployment.model.on("handed on", *leds)
    person = Person(deployment)
    told = await person.ask("handed on")
    reader = asyncio.create_task(person.read(told))
    for number, led in enumerate(leds[:-1]):
        await shown(told, led, f"part {number}")
        leaving = deployment.workers.pop()
        leaving.terminate()
        await deployment.start_worker()
        assert await ended(leaving) == 0
    await shown(told, leds[-1], "all of it")
    await leds[-1].finish()
    await asyncio.wait_for(reader, PATIENCE)
    (turn,) = await check([person], [told], "all of it")
    assert turn["attempt"] == len(leds)


async def test_a_job_whose_run_broke_before_it_began_runs_again_within_a_lease(deployment: Deployment) -> None:
    """arq's first look at a claimed job may fail; the claim must not be renewed for ever."""
    deployment.model.on("denied", tell("at last"))
    await deployment.store.execute_command("ACL", "LOG", "RESET")
    await deployment.store.execute_command("ACL", "SETUSER", "default", "-incrby")
    try:
        person = Person(deployment)
        told = await person.ask("denied")

        async def was_denied() -> bool:
            return "incrby" in str(await deployment.store.execute_command("ACL", "LOG")).lower()

        await eventually(was_denied)
    finally:
        await deployment.store.execute_command("ACL", "SETUSER", "default", "+incrby")
    await asyncio.wait_for(person.read(told), PATIENCE)
    await check([person], [told], "at last")


async def read_in_one_go(deployment: Deployment, address: str, person: Person, transcript: Transcript) -> Transcript:
    """What a single response told, from where the story stands; it has to be a good one, however late it comes."""
    headers = {**person.identity, **({"Last-Event-ID": transcript.last_id} if transcript.last_id else {})}
    timeout = httpx2.Timeout(PATIENCE, pool=None)
    async with deployment.http.stream("GET", deployment.urls[0] + address, headers=headers, timeout=timeout) as answer:
        assert answer.status_code == 200, f"{answer.status_code} {(await answer.aread())!r}"
        return await read(answer, transcript)


async def test_an_outage_of_redis_ends_no_stream_and_turns_no_reader_away(deployment: Deployment) -> None:
    """A native EventSource never comes back from an answer other than 200."""
    deployment.model.on("outage", tell(*WORDS, pause=PAUSE))
    person = Person(deployment)
    told = await person.ask("outage")
    transcript, url = Transcript(), f"/chat/turns/{told.turn_id}/events"
    steady = asyncio.create_task(read_in_one_go(deployment, url, person, transcript))

    async def has_text() -> bool:
        return bool(transcript.text)

    await eventually(has_text)
    await deployment.valkey.kill()
    seed = f"/chat/stream?session_id={told.session_id}&message=outage"
    coming_back = [
        asyncio.create_task(
            read_in_one_go(deployment, address, person, Transcript(text=transcript.text, last_id=transcript.last_id))
        )
        for address in (url, seed)
    ]
    await asyncio.sleep(OUTAGE)  # the outage itself
    assert not any(task.done() for task in (steady, *coming_back))
    await deployment.valkey.start()
    transcripts = await asyncio.wait_for(asyncio.gather(steady, *coming_back), PATIENCE)
    told.transcript = transcripts[0]
    await check([person], [told], "".join(WORDS))
    assert [each.text for each in transcripts] == ["".join(WORDS)] * 3
    assert all(each.end for each in transcripts)
