"""A user who has reached the quota of stored bytes can ask again only after deleting something."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from chat import keys
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack
from tests.support.waiting import eventually

QUOTA = 60_000
REPLY_BYTES = 10_000
REPLY = "x" * REPLY_BYTES
TURNS = 3

small = stack_of(max_bytes_per_user=str(QUOTA), max_history_messages="0", max_active_turns_per_user=str(TURNS))
"""A stack with a small quota per user."""


@pytest.fixture
async def alice(small: Stack) -> AsyncIterator[Client]:
    async with small.client() as client:
        yield client


@pytest.fixture
def long_answered(small: Stack, question: str) -> str:
    """Returns a question whose every reply is long."""
    model: ModelServer = small.model
    model.on(question, *[tell(REPLY)] * 50)
    return question


async def counted(stack: Stack, user: Client) -> int:
    return int(await stack.store.execute_command("HGET", keys.stored_bytes(user.user_id), "total") or 0)


async def is_counted(stack: Stack, user: Client, at_least: int) -> bool:
    return await counted(stack, user) >= at_least


async def fill(stack: Stack, user: Client, question: str) -> list[str]:
    """Asks in new sessions until a question is refused. Returns the sessions; the last one was refused."""
    sessions = list[str]()
    for number in range(1, 12):
        sessions.append(await user.start())
        response = await user.post_turn(sessions[-1], question, key="k")
        if response.status_code != 202:
            refused(response, 429, "quota_reached")
            assert int(response.headers["retry-after"]) > 0
            return sessions
        await user.follow(response.json()["turn_id"])
        await eventually(partial(is_counted, stack, user, number * REPLY_BYTES))
    raise AssertionError("the quota was never reached")


async def test_sessions_share_the_quota_and_deletion_frees_it(small: Stack, alice: Client, long_answered: str) -> None:
    sessions = await fill(small, alice, long_answered)
    assert 3 <= len(sessions) <= 5
    full = sessions.pop()
    async with nothing_stored(small, alice, full):
        refused(await alice.post_turn(full, "one more"), 429, "quota_reached")
        query = {"session_id": full, "message": "one more"}
        refused(await alice.http.get("/chat/stream", params=query), 429, "quota_reached")
    assert 'holdfast_limits_hit_total{limit="stored_bytes"}' in (await alice.http.get("/metrics")).text
    assert (await alice.post_turn(sessions[0], long_answered, key="k")).status_code == 202
    async with small.client() as bob:
        assert (await bob.chat(await bob.start(), "hello")).text == "You said: hello "
    assert (await alice.http.delete(f"/chat/session/{sessions[0]}")).status_code == 200
    assert (await alice.chat(full, "hello")).text == "You said: hello "
    for session_id in [*sessions[1:], full]:
        assert (await alice.http.delete(f"/chat/session/{session_id}")).status_code == 200
    assert await counted(small, alice) == 0
    assert await small.store.zcard(keys.stored_times(alice.user_id)) == 0


async def test_a_cleared_history_frees_its_share_of_the_quota(small: Stack, alice: Client, long_answered: str) -> None:
    *sessions, full = await fill(small, alice, long_answered)
    assert (await alice.http.delete(f"/chat/history/{sessions[0]}")).status_code == 200
    assert (await alice.chat(full, "hello")).text == "You said: hello "


async def test_repeated_regeneration_reaches_the_quota(small: Stack, alice: Client, long_answered: str) -> None:
    """Only one reply is kept, but the logs of all replies count until they expire."""
    session_id = await alice.start()
    await alice.chat(session_id, long_answered)
    for _ in range(QUOTA // REPLY_BYTES + 1):
        before = await counted(small, alice)
        reply = (await alice.history(session_id))[-1]
        response = await alice.post_turn(session_id, replace_from=reply["id"])
        if response.status_code != 202:
            break
        await alice.follow(response.json()["turn_id"])
        await eventually(partial(is_counted, small, alice, before + REPLY_BYTES))
    refused(response, 429, "quota_reached")


async def test_concurrent_questions_exceed_the_quota_by_running_turns(
    small: Stack, alice: Client, long_answered: str
) -> None:
    sessions = [await alice.start() for _ in range(20)]
    accepted = 0
    while True:
        answers = await asyncio.gather(*(alice.post_turn(session_id, long_answered) for session_id in sessions))
        turns = [answer.json()["turn_id"] for answer in answers if answer.status_code == 202]
        if not turns:
            break
        accepted += len(turns)
        for turn_id in turns:
            await alice.follow(turn_id)
        await eventually(partial(is_counted, small, alice, accepted * 2 * REPLY_BYTES))
    assert {answer.json()["code"] for answer in answers} <= {"quota_reached", "too_many_turns"}
    refused(await alice.post_turn(sessions[0], long_answered), 429, "quota_reached")
    assert await counted(small, alice) < QUOTA + TURNS * 2.5 * REPLY_BYTES
