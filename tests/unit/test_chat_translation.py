"""Chunks of chat completions are valid, and any cut of the log gives the same reply or an error, never doubled text."""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from pydantic_core import to_json

from api.protocols.chat_completions.translation import ChatTranslation
from api.protocols.shown import Prefix
from api.protocols.translation import translated
from api.streaming.sse import Frame, frame_of, frame_of_merged
from chat.event_log import Entry
from chat.events import Chunk, End, Error, Event, Restart, Resume, Retry, Snapshot, Start, ToolArguments
from chat.replay import Replay, text_of
from chat.tool_calls import FunctionCall
from chat.usage import Usage
from tests.support.tool_logs import ToolLog, tool_logs
from tests.unit.test_replay import MIDDLE, numbered

TURN = "11111111-1111-4111-8111-111111111111.178000000000000042"
END = End(session_id="s", finish_reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3))
START = Start(turn_id=TURN, session_id="s", position=0)


class Read:
    """What a client has of a reply, as openai-python accumulates it."""

    def __init__(self) -> None:
        self.text, self.thinking, self.reason, self.error = "", "", "", ""
        self.calls = list[dict[str, str]]()
        self.usage = list[Any]()
        self.is_done = False

    def take(self, data: bytes) -> None:
        for block in data.split(b"\n\n")[:-1]:
            assert block.startswith(b"data: ")
            assert not self.is_done
            if block == b"data: [DONE]":
                self.is_done = True
                continue
            found = json.loads(block[6:])
            if "error" in found:
                assert found["error"].keys() == {"message", "type", "param", "code"}
                self.error = found["error"]["code"]
            else:
                self._chunk(ChatCompletionChunk.model_validate(found, strict=True))

    def _chunk(self, chunk: ChatCompletionChunk) -> None:
        assert not self.error
        if chunk.usage:
            assert chunk.choices == []
            self.usage.append(chunk.usage.to_dict())
            return
        (choice,) = chunk.choices
        assert not self.reason
        self.reason = choice.finish_reason or ""
        self.text += choice.delta.content or ""
        self.thinking += str(choice.delta.to_dict().get("reasoning_content") or "")
        for call in choice.delta.tool_calls or ():
            assert call.function
            if call.id:
                assert call.index == len(self.calls)
                self.calls.append({"id": call.id, "name": call.function.name or "", "arguments": ""})
            self.calls[call.index]["arguments"] += call.function.arguments or ""

    @property
    def reply(self) -> tuple[Any, ...]:
        return self.text, self.thinking, self.calls


def read(frames: Sequence[Frame], **given: Any) -> Read:
    translation, found = ChatTranslation(TURN, "scripted", **given), Read()
    found.take(translation.begin())
    for frame in frames:
        found.take(translation.frame(frame.kind, frame.json, frame.seq))
        if translation.is_over:
            break
    return found


def log_of(events: Sequence[Event]) -> list[Entry]:
    return [Entry.of(seq, event) for seq, event in enumerate(numbered(list(events)), 1)]


def live(entries: Sequence[Entry]) -> list[Frame]:
    return [frame_of(TURN, entry) for entry in entries]


def merged(entries: Sequence[Entry], *, as_snapshot: bool = False) -> list[Frame]:
    replay = Replay()
    replay.add(list(entries))
    found = replay.snapshot() if as_snapshot else replay.entries()
    return [frame_of_merged(TURN, entry) for entry in found]


def whole_of(entries: Sequence[Entry]) -> tuple[Any, ...]:
    found = text_of(entries)
    calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in found.tool_calls or ()]
    return found.content, found.thinking, calls


@given(st.lists(MIDDLE, max_size=20), st.data())
def test_a_reader_from_anywhere_has_the_reply_or_an_error(events: list[Event], data: st.DataObject) -> None:
    entries = log_of([START, *events, END])
    for frames in _ways(entries, data):
        found = read(frames)
        assert found.is_done
        if found.error:
            assert found.error == "worker_lost"
        else:
            assert found.reply == whole_of(entries)
            assert found.reason == "stop"


def _ways(entries: list[Entry], data: st.DataObject) -> Iterator[list[Frame]]:
    """Yields what readers get who follow live, read the backlog, or lose the log at some place."""
    yield live(entries)
    yield merged(entries)
    cut = data.draw(st.integers(0, len(entries)))
    yield merged(entries[:cut]) + live(entries[cut:])
    yield live(entries[:cut]) + merged(entries, as_snapshot=True)


@given(st.lists(MIDDLE.filter(lambda event: not isinstance(event, Restart | Snapshot)), max_size=20), st.data())
def test_without_a_restart_every_reader_has_the_reply(events: list[Event], data: st.DataObject) -> None:
    entries = log_of([START, *events, END])
    for frames in _ways(entries, data):
        found = read(frames)
        assert not found.error
        assert found.reply == whole_of(entries)


@given(tool_logs(), st.data())
def test_calls_of_tool_servers_are_not_shown(log: ToolLog, data: st.DataObject) -> None:
    for frames in _ways(log.entries, data):
        found = read(frames)
        assert found.calls == []
        if found.error in ("", "reply_stopped", "model_timeout"):
            assert (found.text, found.thinking) == (log.shown.content, log.shown.thinking)
        else:
            assert found.error == "worker_lost"


def test_a_restart_before_any_text_is_invisible() -> None:
    entries = log_of(
        [START, Retry(attempt=2, reason="model_timeout", wait_seconds=1), Restart(attempt=2), Chunk("a"), END]
    )
    assert read(live(entries)).reply == ("a", "", [])


def test_a_restart_after_text_ends_with_an_error() -> None:
    found = read(live(log_of([START, Chunk("a"), Restart(attempt=2), Chunk("b"), END])))
    assert (found.text, found.error, found.reason) == ("a", "worker_lost", "")


def test_a_resume_is_invisible() -> None:
    found = read(live(log_of([START, Chunk("a"), Resume(attempt=2), Chunk("b"), END])))
    assert (found.text, found.error, found.reason) == ("ab", "", "stop")


def test_another_model_that_answers_is_named() -> None:
    retry = Retry(attempt=2, reason="model_timeout", wait_seconds=1, model="other")
    translation = ChatTranslation(TURN, "scripted")
    models = [
        json.loads(frame.removeprefix(b"data: "))["model"]
        for frame in (
            translation.frame(each.kind, each.json, each.seq) for each in live(log_of([START, retry, Chunk("a")]))
        )
        if frame
    ]
    assert models == ["other"]


@pytest.mark.parametrize("includes_usage", [False, True])
def test_usage_comes_only_where_asked_for(includes_usage: bool) -> None:
    found = read(live(log_of([START, Chunk("a"), END])), includes_usage=includes_usage)
    assert found.usage == ([END.usage.model_dump()] if includes_usage and END.usage else [])


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (Error(code="model_timeout", content="Slow.", retryable=True), "model_timeout"),
        (Error(code="model_context_too_long", content="Long.", retryable=False), "context_length_exceeded"),
        (END.model_copy(update={"finish_reason": "cancelled"}), "reply_stopped"),
    ],
)
def test_a_turn_that_breaks_off_ends_with_an_error(last: Event, code: str) -> None:
    found = read(live(log_of([START, Chunk("a"), last])))
    assert (found.text, found.error, found.reason, found.is_done) == ("a", code, "", True)


async def test_a_stream_that_ends_before_the_turn_ends_with_an_error() -> None:
    async def batches() -> AsyncGenerator[list[Frame]]:
        yield live(log_of([START, Chunk("a")]))

    sent = [batch async for batch in translated(batches(), ChatTranslation(TURN, "scripted"))]
    found = Read()
    for frame in (frame for batch in sent for frame in batch):
        found.take(frame.data)
    assert (found.text, found.error) == ("a", "server_restarting")
    assert [frame.is_terminal for batch in sent for frame in batch] == [False, False, True]


async def test_nothing_follows_the_frame_that_ends_a_stream() -> None:
    closed = list[bool]()

    async def batches() -> AsyncGenerator[list[Frame]]:
        try:
            yield live(log_of([START, Chunk("a"), Restart(attempt=2), Chunk("b")]))
            yield live(log_of([Chunk("c")]))
        finally:
            closed.append(True)

    sent = [frame async for batch in translated(batches(), ChatTranslation(TURN, "m")) for frame in batch]
    assert sent[-1].is_terminal
    assert b"worker_lost" in sent[-1].data
    assert closed == [True]


def test_arguments_of_several_calls_keep_their_places() -> None:
    calls = [FunctionCall(id=f"c{number}", name="f", arguments="{") for number in range(2)]
    entries = log_of([START, Snapshot(content="", tool_calls=calls), ToolArguments(1, "}"), ToolArguments(0, "]"), END])
    assert [call["arguments"] for call in read(live(entries)).calls] == ["{]", "{}"]


@given(st.text(), st.text(), st.text())
def test_a_prefix_knows_the_text_that_follows_it(before: str, sent: str, other: str) -> None:
    prefix = Prefix()
    for part in (before, sent):
        prefix.add(to_json(part)[1:-1])
    assert prefix.rest_of(before + sent + other) == to_json(other)[1:-1]
    assert prefix.rest_of(before + sent) == b""
