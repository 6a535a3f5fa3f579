"""The merged story of a late reader: fewer entries, the same text, and every number a valid cursor."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.event_log import Entry, Reading
from chat.events import Chunk, End, Event, Restart, Retry, Snapshot, Start, Thinking, encode, parse
from chat.replay import merge, text_of

MIDDLE: st.SearchStrategy[Event] = (
    st.builds(Chunk, content=st.text(min_size=1, max_size=3))
    | st.builds(Thinking, content=st.text(min_size=1, max_size=3))
    | st.builds(Restart, attempt=st.integers(2, 3))
    | st.builds(Retry, attempt=st.just(2), reason=st.just("model_timeout"), wait_seconds=st.just(1.0))
    | st.builds(Snapshot, content=st.text(max_size=3), thinking=st.text(max_size=3))
)
STORIES = st.lists(MIDDLE, max_size=12).map(
    lambda middle: [
        Start(turn_id="t", session_id="s", position=0),
        *middle,
        End(session_id="s", finish_reason="stop"),
    ]
)


def log(events: list[Event]) -> list[Entry]:
    return [Entry(seq, encode(event)) for seq, event in enumerate(events, 1)]


def types(entries: list[Entry]) -> list[str]:
    return [parse(entry.json).type for entry in entries]


@given(STORIES)
def test_the_merged_story_has_the_same_text(story: list[Event]) -> None:
    assert text_of(merge(log(story))) == text_of(log(story))


@given(STORIES, st.integers(0, 15), st.integers(0, 15))
def test_a_reader_may_leave_and_come_back_at_every_number_it_was_told(
    story: list[Event], first: int, second: int
) -> None:
    entries, told, cursor = log(story), [], 0
    for stay in (first, second, len(story)):
        news = merge(entry for entry in entries if entry.seq > cursor)
        told += news[: stay + 1]
        cursor = told[-1].seq if told else 0
    assert cursor == len(story)
    assert text_of(told) == text_of(entries)


@given(STORIES)
def test_numbers_grow_and_the_last_one_stays(story: list[Event]) -> None:
    entries = log(story)
    seqs = [entry.seq for entry in merge(entries)]
    assert all(earlier < later for earlier, later in pairwise(seqs))
    assert seqs[-1] == entries[-1].seq


@given(STORIES)
def test_neighbours_of_one_kind_are_one_entry(story: list[Event]) -> None:
    told = types(merge(log(story)))
    assert not any(a == b and a in ("chunk", "thinking") for a, b in pairwise(told))


@given(STORIES)
def test_merging_twice_is_merging_once(story: list[Event]) -> None:
    once = merge(log(story))
    assert merge(once) == once


def test_text_before_a_restart_is_left_out() -> None:
    story: list[Event] = [Chunk(content="lost"), Thinking(content="lost"), Restart(attempt=2), Chunk(content="kept")]
    assert types(merge(log(story))) == ["restart", "chunk"]
    assert text_of(log(story)) == Snapshot(content="kept")


def test_of_nothing_comes_nothing() -> None:
    assert merge([]) == []
    assert text_of([]) == Snapshot(content="")


def test_a_log_serves_only_readers_that_it_can_take_up_without_a_hole() -> None:
    entries = log([Start(turn_id="t", session_id="s", position=0), Chunk(content="a"), Chunk(content="b")])
    for cursor in range(4):
        assert Reading(entries[cursor:], 3, False).serves(cursor)
    assert not Reading([], 3, False).serves(4)
    assert not Reading(entries[2:], 3, False).serves(1)
    assert not Reading([], 3, True).serves(1)
