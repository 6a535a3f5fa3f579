"""Streams through the web tier: each event at once, many and long streams, closed when the reader leaves."""

import asyncio
import re
from pathlib import Path

import httpx2
import pytest

from tests.chaos.deployment import kill
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Led
from tests.support.slow_clients import closed_by_server, connect
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.web_tier import WebTier, run_pair, run_web_tier

WORDS = [f"word{number} " for number in range(20)]
READERS = 200


async def led_turn(stack: Stack, user: Client, question: str) -> tuple[str, Led]:
    """Open a turn whose reply the test drives. The model's stream has begun."""
    led = Led()
    stack.model.on(question, led)
    turn_id = await user.ask(await user.start(), question)
    await led.exchange()
    return turn_id, led


async def streams(url: str) -> int:
    """The number of open streams of the API at `url`."""
    async with httpx2.AsyncClient() as http:
        text = (await http.get(f"{url}/metrics")).text
    found = re.search(r"^holdfast_open_streams (\d+)", text, re.MULTILINE)
    assert found, text
    return int(found[1])


async def all_streams(stack: Stack) -> int:
    return sum(await asyncio.gather(*map(streams, stack.urls)))


async def have_streams(stack: Stack, count: int) -> bool:
    return await all_streams(stack) == count


@pytest.mark.parametrize("coding", ["gzip, zstd", "identity"])
async def test_each_token_arrives_before_the_next_is_made(pair: Stack, visitor: Client, coding: str) -> None:
    turn_id, led = await led_turn(pair, visitor, f"word by word, {coding}")
    exchange = await led.exchange()
    visitor.http.headers["Accept-Encoding"] = coding
    async with visitor.events(turn_id) as response:
        assert "Content-Encoding" not in response.headers
        assert response.headers["Cache-Control"] == "no-cache, no-transform"
        stream, transcript = frames(response), Transcript()
        for word in WORDS:
            await exchange.say(word)
            await read(stream, transcript, has(transcript.text + word))
            assert not transcript.end
        await led.finish()
        await read(stream, transcript)
    assert transcript.text == "".join(WORDS)


async def test_a_reader_that_vanishes_is_noticed_by_the_api(pair: Stack, visitor: Client) -> None:
    turn_id, led = await led_turn(pair, visitor, "who is still there?")
    async with visitor.events(turn_id):
        await eventually(lambda: have_streams(pair, 1))
    await eventually(lambda: have_streams(pair, 0))
    await led.finish()


async def test_two_hundred_readers_at_once_get_the_whole_reply(pair: Stack, tier: WebTier) -> None:
    async with tier.client() as user:
        user.http = httpx2.AsyncClient(
            base_url=tier.url, headers=user.http.headers, limits=httpx2.Limits(max_connections=None)
        )
        turn_id, led = await led_turn(pair, user, "a full house")
        reading = [asyncio.create_task(user.follow(turn_id)) for _ in range(READERS)]

        async def all_there() -> bool:
            for reader in reading:
                assert not reader.done(), reader.result()
            return await all_streams(pair) == READERS

        await eventually(all_there)
        shares = await asyncio.gather(*map(streams, pair.urls))
        exchange = await led.exchange()
        await exchange.say(*WORDS)
        await led.finish()
        transcripts = await asyncio.gather(*reading)
        assert {transcript.text for transcript in transcripts} == {"".join(WORDS)}
        assert min(shares) > 0, f"one API has them all: {shares}"


async def test_readers_of_an_api_killed_mid_stream_lose_nothing(redis_url: str, tmp_path: Path) -> None:
    async with (
        run_pair(database(redis_url), tmp_path) as stack,
        run_web_tier(tmp_path, stack.urls) as tier,
        tier.client() as user,
    ):
        turn_id, led = await led_turn(stack, user, "hold fast")
        exchange = await led.exchange()
        await exchange.say(*WORDS[:10])
        transcript = Transcript()
        async with user.events(turn_id) as response:
            stream = frames(response)
            await read(stream, transcript, has("".join(WORDS[:10])))
            serving = [await streams(url) for url in stack.urls].index(1)
            await kill(stack.processes[1 + serving])
            with pytest.raises(httpx2.TransportError):
                await read(stream, transcript)
        # The reader reconnects through the same address, and new questions are accepted.
        sessions = await asyncio.gather(*(user.start() for _ in range(20)))
        await exchange.say(*WORDS[10:])
        await led.finish()
        await user.follow(turn_id, transcript)
        assert transcript.text == "".join(WORDS)
        assert [event["content"] for event in transcript.events if event["type"] == "chunk"].count(WORDS[0]) <= 1
        history = await user.history(turn_id.partition(".")[0])
        assert [message["content"] for message in history] == ["hold fast", "".join(WORDS)]
        assert (await user.chat(sessions[0], "and another?")).text == "You said: and another? "


async def test_a_stream_outlives_the_timeouts_for_slow_clients(pair: Stack, tmp_path: Path) -> None:
    timeouts = {"head_seconds": "500ms", "body_seconds": "500ms", "idle_seconds": "500ms"}
    async with run_web_tier(tmp_path, pair.urls, **timeouts) as tier, tier.client() as user:
        turn_id, led = await led_turn(pair, user, "a long silence")
        exchange = await led.exchange()
        async with user.events(turn_id) as response:
            stream, transcript = frames(response), Transcript()
            await read(stream, transcript, lambda transcript: bool(transcript.events))
            for _ in range(3):  # each was opened after the stream and is closed before it
                await closed_by_server(await connect(tier.port, b"GET / HTTP/1.1\r\n"))
            await exchange.say("still here")
            await read(stream, transcript, has("still here"))
        await led.finish()
