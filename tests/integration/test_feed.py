"""Readers of a running stack, under a pub/sub that keeps breaking."""

import asyncio
import random

from redis.asyncio import Redis

from tests.support.client import Client
from tests.support.model_server import tell
from tests.support.sse import Story
from tests.support.stack import Stack

CUT_EVERY = 0.15
TURNS = 20
READERS = 100
WORDS = [f"w{number} " for number in range(120)]


async def cut_pubsub(redis: Redis, until: asyncio.Event) -> int:
    """Kill every pub/sub connection again and again; how many were killed."""
    killed = 0
    while not until.is_set():
        killed += await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(CUT_EVERY)
    return killed


async def attach(user: Client, turn_id: str, way: int) -> Story:
    """Follow a turn from a random moment: anew, by `?after=`, or by `Last-Event-ID`, leaving once on the way."""
    await asyncio.sleep(random.uniform(0, 2))
    if way == 0:
        return await user.follow(turn_id)
    story = Story()
    async with user.events(turn_id) as response:
        from tests.support.sse import frames

        async for event_id, event in frames(response):
            story.take(event_id, event)
            if story.seq >= 5 or story.end:
                break
    if way == 1 and not story.end:
        last, story.last_id = story.seq, ""
        return await user.follow(turn_id, story, after=last)
    return await user.follow(turn_id, story)


async def test_readers_get_the_stored_text_while_every_pubsub_connection_is_cut(stack: Stack) -> None:
    stack.model.on("long story", tell(*WORDS, pause=0.02))
    over = asyncio.Event()
    async with stack.client() as user:
        sessions = [await user.start() for _ in range(TURNS)]
        cutting = asyncio.create_task(cut_pubsub(stack.store, over))
        turns = [await user.ask(session_id, "long story") for session_id in sessions]
        stories = await asyncio.gather(*(attach(user, turns[n % TURNS], n % 3) for n in range(READERS)))
        over.set()
        assert await cutting > TURNS
        stored = [(await user.history(session_id))[-1]["content"] for session_id in sessions]
    assert stored == ["".join(WORDS)] * TURNS
    wrong = [n for n, story in enumerate(stories) if story.text != stored[n % TURNS]]
    assert wrong == []
    assert all(story.types.count("start") == 1 for story in stories)
