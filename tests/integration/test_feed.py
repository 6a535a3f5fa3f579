"""Readers of a running stack while pub/sub connections keep breaking."""

import asyncio
import random

from redis.asyncio import Redis

from tests.support.client import Client
from tests.support.model_server import tell
from tests.support.sse import Transcript
from tests.support.stack import Stack

CUT_EVERY = 0.15
TURNS = 10
READERS = 60
WORDS = [f"w{number} " for number in range(120)]


async def cut_pubsub(redis: Redis, until: asyncio.Event) -> int:
    """Kill all pub/sub connections repeatedly. Returns how many were killed."""
    killed = 0
    while not until.is_set():
        killed += await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(CUT_EVERY)
    return killed


async def attach(user: Client, turn_id: str, method: int) -> Transcript:
    """Follow a turn from a random moment: from its start, or after a disconnect by `?after=` or `Last-Event-ID`."""
    await asyncio.sleep(random.uniform(0, 2))
    if method == 0:
        return await user.follow(turn_id)
    transcript = Transcript()
    async with user.events(turn_id) as response:
        from tests.support.sse import frames

        async for event_id, event in frames(response):
            transcript.take(event_id, event)
            if transcript.seq >= 5 or transcript.end:
                break
    if method == 1 and not transcript.end:
        last, transcript.last_id = transcript.seq, ""
        return await user.follow(turn_id, transcript, after=last)
    return await user.follow(turn_id, transcript)


async def test_readers_get_the_stored_text_while_pubsub_is_cut(stack: Stack) -> None:
    stack.model.on("long reply", tell(*WORDS, pause=0.02))
    over = asyncio.Event()
    async with stack.client() as user:
        sessions = [await user.start() for _ in range(TURNS)]
        cutting = asyncio.create_task(cut_pubsub(stack.store, over))
        turns = [await user.ask(session_id, "long reply") for session_id in sessions]
        transcripts = await asyncio.gather(*(attach(user, turns[n % TURNS], n % 3) for n in range(READERS)))
        over.set()
        assert await cutting > TURNS
        stored = [(await user.history(session_id))[-1]["content"] for session_id in sessions]
    assert stored == ["".join(WORDS)] * TURNS
    wrong = [n for n, transcript in enumerate(transcripts) if transcript.text != stored[n % TURNS]]
    assert wrong == []
    assert all(transcript.types.count("start") == 1 for transcript in transcripts)
