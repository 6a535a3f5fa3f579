"""Merging a backlog keeps the text with fewer entries, and every seq stays a valid cursor."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.event_log import Entry, Reading
from chat.events import (
    Chunk,
    End,
    Event,
    Restart,
    Resume,
    Retry,
    Snapshot,
    Start,
    Thinking,
    ToolArguments,
    ToolCall,
    parse,
)
from chat.replay import Replay, merge, text_of
from chat.tool_calls import FunctionCall

MIDDLE: st.SearchStrategy[Event] = (
    st.builds(Chunk, content=st.text(min_size=1, max_size=3))
    | st.builds(Thinking, content=st.text(min_size=1, max_size=3))
    | st.builds(Restart, attempt=st.integers(2, 3))
    | st.builds(Resume, attempt=st.integers(2, 3))
    | st.builds(Retry, attempt=st.just(2), reason=st.just("model_timeout"), wait_seconds=st.just(1.0))
    | st.builds(ToolCall, index=st.just(0), id=st.text(min_size=1, max_size=3), name=st.just("f"))
    | st.builds(ToolArguments, st.integers(0, 3), st.text(min_size=1, max_size=3))
    | st.builds(
        Snapshot,
        content=st.text(max_size=3),
        thinking=st.text(max_size=3),
        tool_calls=st.none() | st.just([FunctionCall(id="s", name="f", arguments="{")]),
    )
)


def numbered(events: list[Event]) -> list[Event]:
    """Numbers calls as a log does; leaves out arguments that belong to none."""
    kept, count = list[Event](), 0
    for event in events:
        if isinstance(event, Restart):
            count = 0
        elif isinstance(event, Snapshot):
            count = len(event.tool_calls or ())
        if isinstance(event, ToolCall):
            kept.append(event.model_copy(update={"index": count}))
            count += 1
        elif isinstance(event, ToolArguments):
            kept += [ToolArguments(event.index % count, event.content)] if count else []
        else:
            kept.append(event)
    return kept


LOGS = st.lists(MIDDLE, max_size=12).map(
    lambda middle: [
        Start(turn_id="t", session_id="s", position=0),
        *numbered(middle),
        End(session_id="s", finish_reason="stop"),
    ]
)


def log(events: list[Event]) -> list[Entry]:
    return [Entry.of(seq, event) for seq, event in enumerate(events, 1)]


def types(entries: list[Entry]) -> list[str]:
    return [parse(entry.json).type for entry in entries]


@given(LOGS)
def test_a_merged_log_has_the_same_text(events: list[Event]) -> None:
    assert text_of(merge(log(events))) == text_of(log(events))


@given(LOGS, st.integers(0, 15), st.integers(0, 15))
def test_a_reader_may_reconnect_at_every_seq_it_received(events: list[Event], first: int, second: int) -> None:
    entries, received, cursor = log(events), [], 0
    for stay in (first, second, len(events)):
        news = merge(entry for entry in entries if entry.seq > cursor)
        received += news[: stay + 1]
        cursor = received[-1].seq if received else 0
    assert cursor == len(events)
    assert text_of(received) == text_of(entries)


@given(LOGS)
def test_merged_seqs_increase_and_keep_the_last_one(events: list[Event]) -> None:
    entries = log(events)
    seqs = [entry.seq for entry in merge(entries)]
    assert all(earlier < later for earlier, later in pairwise(seqs))
    assert seqs[-1] == entries[-1].seq


@given(LOGS)
def test_adjacent_events_of_one_kind_become_one_entry(events: list[Event]) -> None:
    kinds = types(merge(log(events)))
    assert not any(a == b and a in ("chunk", "thinking") for a, b in pairwise(kinds))


@given(LOGS)
def test_merging_twice_changes_nothing(events: list[Event]) -> None:
    once = merge(log(events))
    assert merge(once) == once


def test_calls_are_merged_by_their_index() -> None:
    events: list[Event] = [
        ToolCall(index=0, id="lost", name="f"),
        Restart(attempt=2),
        ToolCall(index=0, id="a", name="f", extra_content={"x": 1}),
        ToolArguments(0, '{"'),
        ToolArguments(0, 'a":'),
        ToolCall(index=1, id="b", name="g"),
        ToolArguments(1, "{"),
        ToolArguments(0, "1}"),
        ToolArguments(1, "}"),
    ]
    merged = merge(log(events))
    assert [parse(entry.json) for entry in merged] == [
        *events[1:3],
        ToolArguments(0, '{"a":'),
        *events[5:],
    ]
    whole = [
        FunctionCall(id="a", name="f", arguments='{"a":1}', extra_content={"x": 1}),
        FunctionCall(id="b", name="g", arguments="{}"),
    ]
    assert text_of(log(events)) == Snapshot(content="", tool_calls=whole)
    replay = Replay()
    replay.add(log(events))
    (snapshot,) = replay.snapshot()
    assert parse(snapshot.json) == Snapshot(content="", tool_calls=whole)


def test_text_before_a_restart_is_left_out() -> None:
    events: list[Event] = [Chunk(content="lost"), Thinking(content="lost"), Restart(attempt=2), Chunk(content="kept")]
    assert types(merge(log(events))) == ["restart", "chunk"]
    assert text_of(log(events)) == Snapshot(content="kept")


def test_text_before_a_resume_stays_and_is_not_merged_over_it() -> None:
    events: list[Event] = [Chunk(content="one "), Resume(attempt=2), Chunk(content="two")]
    assert types(merge(log(events))) == ["chunk", "resume", "chunk"]
    assert text_of(log(events)) == Snapshot(content="one two")


def test_an_empty_log_merges_to_nothing() -> None:
    assert merge([]) == []
    assert text_of([]) == Snapshot(content="")


def test_a_log_serves_only_cursors_without_a_gap() -> None:
    entries = log([Start(turn_id="t", session_id="s", position=0), Chunk(content="a"), Chunk(content="b")])
    for cursor in range(4):
        assert Reading(entries[cursor:], 3, False).serves(cursor)
    assert not Reading([], 3, False).serves(4)
    assert not Reading(entries[2:], 3, False).serves(1)
    assert not Reading([], 3, True).serves(1)


def test_the_model_that_answered_is_the_last_one_named() -> None:
    def retry(model: str | None = None) -> Retry:
        return Retry(attempt=2, reason="model_timeout", wait_seconds=0, model=model)

    def answered_by(*events: Event) -> str | None:
        replay = Replay()
        replay.add(log(list(events)))
        return replay.answered_by()

    assert answered_by(Chunk("a")) is None
    assert answered_by(retry(), Chunk("a")) is None
    assert answered_by(retry("b"), retry(), Chunk("a")) == "b"
    assert answered_by(retry("b"), retry("c"), Chunk("a")) == "c"
    assert answered_by(retry("b"), Chunk("a"), Restart(attempt=2), Chunk("a")) is None


def test_a_resume_serves_only_readers_of_all_before_it() -> None:
    resume = Entry.of(1_000_003, Resume(attempt=2))._replace(after=3)
    entries = [*log([Chunk(content="a"), Chunk(content="b"), Chunk(content="c")]), resume]
    assert all(Reading(entries[cursor:], resume.seq, False).serves(cursor) for cursor in range(4))
    assert not any(Reading([resume], resume.seq, False).serves(cursor) for cursor in (2, 4, 1_000_001))


def test_a_restart_voids_a_snapshot_before_it() -> None:
    events: list[Event] = [Snapshot(content="base"), Restart(attempt=2), Chunk(content="anew")]
    assert text_of([Entry.of(seq, event) for seq, event in enumerate(events, 2)]) == Snapshot(content="anew")
