"""A user's active turns, open streams and sessions are limited; a refused request stores nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from chat import keys
from chat.settings import DAY
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import Led, echo
from tests.support.sse import frames, read
from tests.support.stack import Stack
from tests.support.waiting import eventually

TURNS, STREAMS, SESSIONS = 3, 2, 6


tight = stack_of(
    apis=2,
    max_active_turns_per_user=str(TURNS),
    max_streams_per_user=str(STREAMS),
    max_sessions_per_user=str(SESSIONS),
    session_expire_time=str(30 * DAY),
)
"""A stack of two APIs with low limits per user, whose sessions expire."""


@pytest.fixture
async def alice(tight: Stack) -> AsyncIterator[Client]:
    async with tight.client() as client:
        yield client


def hold(stack: Stack, question: str) -> Led:
    """Lets the test decide when the model answers the question."""
    led = Led()
    stack.model.on(question, led, echo)
    return led


@pytest.fixture
async def busy(tight: Stack, alice: Client, question: str) -> list[str]:
    """Starts all turns that alice may have and returns their sessions."""
    sessions = [await alice.start() for _ in range(TURNS)]
    for number, session_id in enumerate(sessions):
        led = hold(tight, f"{question} {number}")
        await alice.ask(session_id, f"{question} {number}", key="mine")
        await led.exchange()
    return sessions


@pytest.mark.usefixtures("busy")
async def test_a_turn_above_the_limit_is_refused_and_stores_nothing(tight: Stack, alice: Client) -> None:
    session_id = await alice.start()
    async with nothing_stored(tight, alice, session_id), tight.client(alice.user_id, api=1) as elsewhere:
        for user in (alice, elsewhere):
            response = await user.post_turn(session_id, "one more", key="new")
            refused(response, 429, "too_many_turns")
            assert int(response.headers["retry-after"]) > 0
        query = {"session_id": session_id, "message": "one more"}
        refused(await alice.http.get("/chat/stream", params=query), 429, "too_many_turns")
        assert session_id not in str(await tight.store.zrange(keys.active_turns(alice.user_id), 0, -1))
    assert 'holdfast_limits_hit_total{limit="active_turns"}' in (await alice.http.get("/metrics")).text


async def test_a_repeated_request_gets_its_turn_without_a_free_slot(
    alice: Client, busy: list[str], question: str
) -> None:
    first = (await alice.history(busy[0]))[0]["turn_id"]
    again = await alice.post_turn(busy[0], f"{question} 0", key="mine")
    assert (again.status_code, again.json()["turn_id"]) == (202, first)
    refused(await alice.post_turn(busy[0], "something else", key="mine"), 422, "idempotency_key_reused")
    assert refused(await alice.post_turn(busy[0], "more"), 409, "turn_running")["turn_id"] == first
    async with alice.stream(busy[0], f"{question} 0") as response:  # an EventSource that lost its first answer
        assert (await read(response, until=lambda transcript: bool(transcript.events))).events[0]["turn_id"] == first


async def test_an_ended_turn_frees_its_slot_and_others_are_unaffected(
    tight: Stack, alice: Client, busy: list[str], question: str
) -> None:
    async with tight.client() as bob:
        assert (await bob.chat(await bob.start(), "hello")).text == "You said: hello "
    free = await alice.start()
    refused(await alice.post_turn(free, "hello"), 429, "too_many_turns")
    turn_id = (await alice.history(busy[1]))[0]["turn_id"]
    await alice.http.post(f"/chat/turns/{turn_id}/cancel")
    await alice.follow(turn_id)
    assert (await alice.chat(free, "hello")).text == "You said: hello "
    assert (await alice.chat(busy[1], "hello")).text == "You said: hello "


async def test_refused_turns_hold_no_slot(alice: Client) -> None:
    session_id = await alice.start()
    for _ in range(2 * TURNS):
        refused(await alice.post_turn(session_id), 409, "no_question")
        refused(await alice.post_turn(session_id, "x", replace_from="0" * 32), 404, "unknown_message")
    assert (await alice.chat(session_id, "hello")).text == "You said: hello "


async def test_a_slot_leaked_by_a_dead_process_becomes_free(tight: Stack, alice: Client) -> None:
    """The process reserved the slot but never opened the turn."""
    session_id = await alice.start()
    seconds, _ = await tight.store.time()
    ttl_ms = 86_400_000 + 3 * 600_000 + 3_600_000
    lost = {f"{session_id}.{number}": (seconds - 11) * 1000 + ttl_ms for number in range(1, TURNS + 1)}
    await tight.store.zadd(keys.active_turns(alice.user_id), lost)
    assert (await alice.chat(await alice.start(), "hello")).text == "You said: hello "


async def test_streams_count_over_all_replicas_and_free_their_slots(
    tight: Stack, alice: Client, busy: list[str]
) -> None:
    turn_id, received = (await alice.history(busy[0]))[0]["turn_id"], []
    async with tight.client(alice.user_id, api=1) as elsewhere, AsyncExitStack() as open_streams:
        for client in (alice, elsewhere):
            stream = await open_streams.enter_async_context(client.events(turn_id))
            assert stream.status_code == 200
            received.append(frames(stream))
            await read(received[-1], until=lambda transcript: bool(transcript.events))
        for client in (alice, elsewhere):
            response = await client.http.get(f"/chat/turns/{turn_id}/events")
            refused(response, 429, "too_many_streams")
            assert int(response.headers["retry-after"]) > 0
        free = await alice.start()
        async with nothing_stored(tight, alice, free):
            query = {"session_id": free, "message": "hello"}
            refused(await alice.http.get("/chat/stream", params=query), 429, "too_many_streams")
        assert 'limit="streams"' in (await alice.http.get("/metrics")).text

    async def opens() -> bool:
        async with alice.events(turn_id) as response:
            return response.status_code == 200

    await eventually(opens)


async def test_reconnecting_readers_may_double_the_stream_limit(tight: Stack, alice: Client, busy: list[str]) -> None:
    """The slots of broken connections still count until the API notices, so reconnects get as many again."""
    turn_id, other = [(await alice.history(session_id))[0]["turn_id"] for session_id in busy[:2]]
    held = []
    async with AsyncExitStack() as open_streams:
        for _ in range(STREAMS):
            held.append(frames(await open_streams.enter_async_context(alice.events(turn_id))))
            await read(held[-1], until=lambda transcript: bool(transcript.events))
        refused(await alice.http.get(f"/chat/turns/{turn_id}/events"), 429, "too_many_streams")
        refused(await alice.http.get(f"/chat/turns/{other}/events?after=1"), 429, "too_many_streams")
        for _ in range(STREAMS):
            stream = await open_streams.enter_async_context(alice.events(turn_id, f"{turn_id}:1"))
            assert stream.status_code == 200
        response = await alice.http.get(f"/chat/turns/{turn_id}/events", headers={"Last-Event-ID": f"{turn_id}:1"})
        refused(response, 429, "too_many_streams")


async def test_refused_and_empty_streams_hold_no_slot(tight: Stack, alice: Client) -> None:
    session_id = await alice.start()
    transcript = await alice.chat(session_id, "hello")
    turn_id = transcript.events[0]["turn_id"]
    for _ in range(2 * STREAMS):
        assert (await alice.follow(turn_id)).text == transcript.text
        refused(await alice.http.get("/chat/stream", params={"session_id": session_id}), 422, "message_empty")
        response = await alice.http.get(f"/chat/turns/{turn_id}/events", headers={"Last-Event-ID": transcript.last_id})
        assert response.status_code == 204

    async def none_is_counted() -> bool:
        return not await tight.store.exists(keys.streams(alice.user_id))

    await eventually(none_is_counted)


async def test_a_session_above_the_limit_stores_nothing(tight: Stack, alice: Client) -> None:
    sessions = [await alice.start() for _ in range(SESSIONS)]
    async with nothing_stored(tight, alice, sessions[0]):
        response = await alice.http.post("/chat/start")
        refused(response, 429, "too_many_sessions")
        assert int(response.headers["retry-after"]) > 0
    assert (await alice.http.delete(f"/chat/session/{sessions[0]}")).status_code == 200
    assert (await alice.http.post("/chat/start")).status_code == 200
    assert 'limit="sessions"' in (await alice.http.get("/metrics")).text


async def test_concurrent_starts_stay_within_the_session_limit(tight: Stack, alice: Client) -> None:
    answers = await asyncio.gather(*(alice.http.post("/chat/start") for _ in range(4 * SESSIONS)))
    assert sorted(answer.status_code for answer in answers) == [200] * SESSIONS + [429] * 3 * SESSIONS
    assert (await alice.http.get("/chat/sessions")).json()["total"] == SESSIONS


async def test_expired_sessions_do_not_count(tight: Stack, alice: Client) -> None:
    for _ in range(SESSIONS):
        await alice.start()
    listing = keys.user_sessions(alice.user_id)
    for session_id in await tight.store.zrange(listing, 0, -1):
        await tight.store.zadd(listing, {session_id: 1})
    assert (await alice.http.post("/chat/start")).status_code == 200


async def test_a_dead_processs_stream_stops_counting_after_its_lease(tight: Stack, alice: Client) -> None:
    session_id = await alice.start()
    turn_id = (await alice.chat(session_id, "hello")).events[0]["turn_id"]
    seconds, _ = await tight.store.time()
    await tight.store.zadd(keys.streams(alice.user_id), {"dead:1": (seconds - 1) * 1000, "dead:2": seconds * 1000 - 1})
    response = await alice.http.get(f"/chat/turns/{turn_id}/events")
    assert response.status_code == 200


async def test_too_long_messages_and_bodies_are_counted_in_metrics(alice: Client) -> None:
    session_id = await alice.start()
    refused(await alice.post_turn(session_id, "x" * 32_001), 422, "message_too_long")
    big: httpx2.Response = await alice.http.post("/chat/turns", content=b"x" * 4_000_000)
    refused(big, 413, "body_too_large")
    metrics = (await alice.http.get("/metrics")).text
    assert 'limit="message_chars"' in metrics
    assert 'limit="body_bytes"' in metrics
