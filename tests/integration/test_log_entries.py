"""A log entry carries its kind; entries of versions that wrote none get it from their JSON."""

import json

import pytest

from chat import keys
from chat.event_log import READ_LOG, Entry, parse_published
from chat.events import Chunk, End, Error, Event, Restart, Retry, Snapshot, Start, Thinking
from tests.support.chat_fixture import USER, ChatFixture

EVENTS: list[Event] = [
    Start(turn_id="t", session_id="s", position=0),
    Chunk('"type":"end"'),
    Thinking("\n:end"),
    Retry(attempt=2, reason="model_timeout", wait_seconds=1),
    Restart(attempt=2),
    Snapshot(content="a"),
    End(session_id="s", finish_reason="stop"),
    Error(code="turn_failed", content="", retryable=True),
]


async def kinds(chat: ChatFixture, turn_id: str) -> list[str]:
    """The stored kinds of the turn's log, checked against the JSON and against what is read."""
    stored = [fields for _, fields in await chat.store.xrange(keys.log(turn_id))]
    assert [fields["k"] for fields in stored] == [json.loads(fields["e"])["type"] for fields in stored]
    reading = await chat.log.read(turn_id, 0)
    assert reading
    assert [entry.kind for entry in reading.entries] == [fields["k"] for fields in stored]
    return [fields["k"] for fields in stored]


async def test_every_script_stores_the_kind_of_its_event(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun("1")
    writer = await chat.claim(turn_id, "2")
    await chat.append(writer, Chunk("a"), Thinking("b"), Retry(attempt=2, reason="model_timeout", wait_seconds=1))
    await chat.close(turn_id, "2")
    assert await kinds(chat, turn_id) == ["start", "restart", "chunk", "thinking", "retry", "end"]


async def test_stopping_a_queued_turn_stores_the_kind_of_its_end(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await chat.turns.cancel(USER, turn_id)
    assert await kinds(chat, turn_id) == ["start", "end"]


async def test_stored_entries_without_a_kind_get_it_from_their_json(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    await chat.store.delete(keys.log(turn_id))
    for seq, event in enumerate(EVENTS, 1):
        await chat.store.xadd(keys.log(turn_id), {"e": Entry.of(seq, event).json}, id=f"{seq}-0")
    reading = await chat.log.read(turn_id, 0)
    assert reading
    assert reading.entries == [Entry.of(seq, event) for seq, event in enumerate(EVENTS, 1)]
    assert [entry.is_terminal for entry in reading.entries] == [False] * 6 + [True] * 2


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.type))
def test_published_entries_are_read_with_and_without_a_kind(event: Event) -> None:
    entry = Entry.of(12, event)
    assert parse_published(f"12:{entry.json}\n:{entry.kind}") == entry
    assert parse_published(f"12:{entry.json}") == entry


def test_the_message_to_read_the_log_has_no_kind() -> None:
    assert parse_published(READ_LOG) == Entry(0, "", "")
