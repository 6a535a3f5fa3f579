"""Merging a backlog keeps steps, results and the newest state of each call and approval."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.event_log import Entry
from chat.events import (
    ApprovalEvent,
    Chunk,
    Event,
    Restart,
    Snapshot,
    StepDone,
    ToolArguments,
    ToolCall,
    ToolProgress,
    ToolResult,
    ToolStart,
    parse,
)
from chat.replay import Replay, merge, text_of
from chat.tool_calls import Approval, ReplyStep, ServerCall
from tests.support.tool_logs import ToolLog, tool_logs


def log(*events: Event) -> list[Entry]:
    return [Entry.of(seq, event) for seq, event in enumerate(events, 1)]


def events_of(entries: list[Entry]) -> list[Event]:
    return [parse(entry.json) for entry in entries]


@given(tool_logs())
def test_steps_are_rebuilt_from_a_log(made: ToolLog) -> None:
    assert text_of(made.entries) == made.shown


@given(tool_logs(), st.lists(st.integers(0, 60), max_size=3))
def test_any_cut_of_a_log_and_its_rest_are_the_whole(made: ToolLog, cuts: list[int]) -> None:
    received, cursor = list[Entry](), 0
    for cut in [*sorted(cuts), len(made.entries)]:
        received += merge(entry for entry in made.entries if cursor < entry.seq <= cut)
        cursor = received[-1].seq if received else 0
    assert text_of(received) == made.shown
    assert text_of(merge(received)) == made.shown


@given(tool_logs(), st.integers(0, 60))
def test_a_snapshot_and_the_rest_are_the_whole(made: ToolLog, cut: int) -> None:
    replay = Replay()
    replay.add(made.entries[: cut + 1])
    written = [Entry(item.seq, item.kind, item.json.decode()) for item in replay.snapshot()]
    assert text_of([*written, *made.entries[cut + 1 :]]) == made.shown


@given(tool_logs())
def test_merging_logs_with_steps_twice_changes_nothing(made: ToolLog) -> None:
    once = merge(made.entries)
    assert merge(once) == once


@given(tool_logs(), st.integers(0, 60))
def test_adding_in_parts_is_adding_at_once(made: ToolLog, cut: int) -> None:
    replay = Replay()
    replay.add(made.entries[:cut])
    replay.add(made.entries[cut:])
    assert [each.json.decode() for each in replay.entries()] == [each.json for each in merge(made.entries)]


CALL = ToolCall(index=0, id="a", name="f", server="docs")
ASKED: dict[str, Any] = {"id": "0", "index": 0, "kind": "call"}


def test_only_the_newest_progress_of_a_call_stays() -> None:
    asked, allowed = ApprovalEvent(**ASKED, state="asked"), ApprovalEvent(**ASKED, state="allowed")
    first, newest = ToolProgress(index=0, progress=1), ToolProgress(index=0, progress=2)
    begun: list[Event] = [CALL, StepDone(index=0)]
    start, result = ToolStart(index=0), ToolResult(index=0, status="ok", content="r")
    entries = log(*begun, asked, allowed, start, first, newest)
    assert events_of(merge(entries)) == [*begun, asked, allowed, start, newest]
    assert events_of(merge([*entries, Entry.of(9, result)])) == [*begun, asked, allowed, start, result]


def test_texts_between_which_progress_was_dropped_are_one() -> None:
    progress = [ToolProgress(index=0, progress=step) for step in (1, 2)]
    entries = log(CALL, Chunk("a"), progress[0], Chunk("b"), progress[1])
    assert events_of(merge(entries)) == [CALL, Chunk("ab"), progress[1]]


def test_a_restart_and_a_snapshot_void_steps() -> None:
    written: list[Event] = [
        CALL,
        StepDone(index=0),
        ApprovalEvent(**ASKED, state="allowed"),
        ToolStart(index=0),
        ToolProgress(index=0, progress=1),
        ToolResult(index=0, status="ok", content="r"),
    ]
    snapshot = Snapshot(content="s")
    assert events_of(merge(log(*written, Restart(attempt=2)))) == [Restart(attempt=2)]
    assert text_of(log(*written, Restart(attempt=2))) == Snapshot(content="")
    assert events_of(merge(log(*written, snapshot))) == [snapshot]


def test_a_request_with_calls_is_an_incomplete_step() -> None:
    entries = log(Chunk("a"), CALL, ToolArguments(0, "{"), ToolArguments(0, "}"))
    call = ServerCall(id="a", name="f", arguments="{}", server="docs")
    assert text_of(entries).steps == [ReplyStep(content="a", calls=[call], complete=False)]
    done = call.model_copy(update={"started": True, "approval": Approval(**ASKED, state="allowed")})
    rest: list[Event] = [StepDone(index=0), ApprovalEvent(**ASKED, state="allowed"), ToolStart(index=0), Chunk("b")]
    entries += [Entry.of(seq, event) for seq, event in enumerate(rest, 5)]
    assert text_of(entries) == Snapshot(content="ab", steps=[ReplyStep(content="a", calls=[done])])
