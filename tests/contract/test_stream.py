"""Readers of a turn reconnect, attach at any moment, and end with the same text."""

import asyncio

import pytest

from tests.contract.conftest import WORDS
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer
from tests.support.sse import Transcript, has, read


async def read_until(user: Client, turn_id: str, text: str) -> Transcript:
    """Reads the turn's events until the reader has exactly this text, then disconnects."""
    async with user.events(turn_id) as response:
        return await read(response, until=has(text))


@pytest.mark.parametrize("path", ["/chat/turns/{turn_id}/events", "/api/chat/turns/{turn_id}/events"])
async def test_a_stream_has_headers_against_proxy_buffering(user: Client, session_id: str, path: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    async with user.http.stream("GET", path.format(turn_id=turn_id)) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        directives = {part.strip() for part in response.headers["cache-control"].split(",")}
        assert {"no-cache", "no-transform"} <= directives
        assert response.headers["x-accel-buffering"] == "no"
        transcript = await read(response)
    assert transcript.types[0] == "start"
    assert transcript.events[0]["turn_id"] == turn_id
    assert transcript.events[0]["session_id"] == session_id
    assert transcript.events[0]["position"] >= 0


async def test_a_reconnected_eventsource_opens_no_second_turn(
    user: Client, session_id: str, led: Led, question: str, model: ModelServer
) -> None:
    async with user.stream(session_id, question) as response:
        exchange = await led.exchange()
        await exchange.say("one ")
        transcript = await read(response, until=has("one "))
    await exchange.say("two ")
    async with user.stream(session_id, question, transcript.last_id) as response:
        await read(response, transcript, has("one two "))
    async with user.stream(session_id, question, transcript.last_id) as response:
        await led.finish()
        await read(response, transcript)
    assert transcript.text == "one two "
    assert transcript.types[-1] == "end"
    async with user.stream(session_id, question, transcript.last_id) as response:
        assert response.status_code == 204
        assert await response.aread() == b""
    assert [message["content"] for message in await user.history(session_id)] == [question, "one two "]
    assert len(model.asked(question)) == 1


async def test_an_eventsource_cut_before_its_first_event_resumes(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    async with user.stream(session_id, question) as response:
        assert response.status_code == 200
    await led.exchange()
    async with user.stream(session_id, question) as response:
        assert response.status_code == 200
        await led.finish("content_filter")
        transcript = await read(response)
    assert transcript.types == ["start", "end"]
    assert [message["role"] for message in await user.history(session_id)] == ["user", "assistant"]


async def test_another_stream_question_during_a_turn_is_refused(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    async with user.stream(session_id, "something else") as response:
        problem = (await response.aread(), response.json())[1]
    assert (response.status_code, problem["code"], problem["turn_id"]) == (409, "turn_running", turn_id)
    await led.finish()
    await user.follow(turn_id)


async def test_a_turn_continues_after_its_reader_disconnects(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    async with user.stream(session_id, question) as response:
        transcript = await read(response, until=lambda transcript: bool(transcript.events))
    turn_id = transcript.events[0]["turn_id"]
    exchange = await led.exchange()
    await exchange.say("still here")
    await led.finish()
    assert (await user.follow(turn_id)).text == "still here"
    assert not exchange.gone.is_set() or (await user.turn(turn_id))["state"] == "done"


async def test_readers_at_any_cursor_of_a_running_reply_get_its_text(
    user: Client, session_id: str, half_read: Transcript, led: Led
) -> None:
    turn_id, exchange = half_read.events[0]["turn_id"], await led.exchange()
    everything = {}
    for seq in range(half_read.seq + 1):
        everything[seq] = Transcript(text="".join(WORDS[: max(0, seq - 1)]), last_id=f"{turn_id}:{seq}" if seq else "")
    by_id = [asyncio.create_task(user.follow(turn_id, transcript)) for transcript in everything.values()]
    by_after = [
        asyncio.create_task(user.follow(turn_id, Transcript(text="".join(WORDS[: max(0, seq - 1)])), after=seq))
        for seq in everything
    ]
    await exchange.say(*WORDS[6:])
    await led.finish()
    transcripts = await asyncio.gather(*by_id, *by_after)
    stored = (await user.history(session_id))[-1]["content"]
    assert stored == "".join(WORDS)
    assert [transcript.text for transcript in transcripts] == [stored] * len(transcripts)


async def test_readers_at_any_cursor_of_an_ended_reply_get_its_text(
    user: Client, session_id: str, half_read: Transcript, led: Led
) -> None:
    turn_id, exchange = half_read.events[0]["turn_id"], await led.exchange()
    await exchange.say(*WORDS[6:])
    await led.finish()
    whole = await user.follow(turn_id, half_read)
    assert whole.text == "".join(WORDS)
    for seq in range(7):
        transcript = Transcript(text="".join(WORDS[: max(0, seq - 1)]), last_id=f"{turn_id}:{seq}" if seq else "")
        assert (await user.follow(turn_id, transcript)).text == whole.text
        assert transcript.last_id == whole.last_id
        async with user.stream(session_id, "never asked", f"{turn_id}:{seq}") as response:
            again = await read(response, Transcript(text="".join(WORDS[: max(0, seq - 1)])))
        assert again.text == whole.text


async def test_a_late_reader_gets_its_backlog_as_one_event(user: Client, half_read: Transcript, led: Led) -> None:
    turn_id = half_read.events[0]["turn_id"]
    assert half_read.types == ["start"] + ["chunk"] * 6
    late = await read_until(user, turn_id, half_read.text)
    assert late.types == ["start", "chunk"]
    assert late.last_id == half_read.last_id
    await led.finish()
    assert (await user.follow(turn_id)).types == ["start", "chunk", "end"]
