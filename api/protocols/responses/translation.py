"""Translates a turn's events into the events of a streamed response.

Source: https://platform.openai.com/docs/api-reference/responses-streaming.
"""

from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from api.protocols.openai_failures import WORKER_LOST
from api.protocols.responses.errors import StreamExpired
from api.protocols.responses.items import Done, Item, Items, Kind, texts_of
from api.protocols.responses.numbers import PREAMBLE, Numbers, first_of, text_of_json
from api.protocols.responses.objects import Object, end_of, response_of
from api.protocols.segments import segments_of
from chat.events import (
    AnyEvent,
    ApprovalEvent,
    End,
    Error,
    Restart,
    Resume,
    Retry,
    Snapshot,
    StepDone,
    ToolCall,
    ToolResult,
    parse,
    text_json,
)
from chat.tool_calls import Approval, FunctionCall, ServerCall

LAST = {"completed": "response.completed", "failed": "response.failed"}
"""Types of last events by status; `response.incomplete` for others: the schema has none for a response that was
cancelled, whose status is in it."""

MADE_AGAIN = (
    "The process that wrote this reply ended, and the reply was made again from its beginning. "
    "Retrieve the response, or stream it again without starting_after."
)

DELTAS: dict[Kind, tuple[str, str]] = {
    "reasoning": ("response.reasoning_summary_text.delta", '"summary_index":0'),
    "message": ("response.output_text.delta", '"content_index":0,"logprobs":[]'),
    "function_call": ("response.function_call_arguments.delta", ""),
    "mcp_call": ("response.mcp_call_arguments.delta", ""),
}


class ResponseTranslation:
    """Makes the events of one response, from the beginning of its log. Sends those whose number is above `after`.

    `head`: as `head_of` returns it. What was sent cannot be taken back: where a new attempt begins the reply again, the
    stream ends with an error.
    """

    def __init__(self, turn_id: str, head: Object, after: int | None = None) -> None:
        self._turn_id = turn_id
        self._head = head
        self._numbers = Numbers(-1 if after is None else after)
        self._items = Items(turn_id)
        self._deltas = dict[int, bytes]()
        self._restarts = 0
        self._resumed = 0  # the attempt that goes on, until its next event
        self._is_begun = False
        self.is_over = False

    def begin(self) -> bytes:
        queued = response_of(self._head, "queued", [])
        return self._frame("response.created", response=queued) + self._frame("response.queued", response=queued)

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        if kind == "start":
            return b""
        return self._progress() + self._event(kind, json)

    def interrupted(self) -> bytes:
        """Sends nothing: the reader goes on after the last number that it has."""
        return b""

    def _event(self, kind: str, json: str) -> bytes:
        if kind != "snapshot":
            self._resumed = 0
        if kind == "chunk":
            return self._text("message", *_both(json))
        if kind == "thinking":
            return self._text("reasoning", *_both(json))
        if kind == "tool_arguments":
            return self._delta(self._items.calls()[from_json(json)["index"]], *_both(json))
        return self._rare(parse(json))

    def _rare(self, event: AnyEvent) -> bytes:
        match event:
            case ToolCall():
                return self._call(event)
            case Restart():
                return self._restart(event.attempt)
            case Snapshot():
                return self._snapshot(event)
            case End() | Error():
                return self._end(event)
            case StepDone() | ApprovalEvent() | ToolResult():
                return self._about_calls(event)
            case _:
                self._note(event)
        return b""

    def _note(self, event: AnyEvent) -> None:
        """Notes an event of which nothing is sent."""
        match event:
            case Retry(model=str(model)):
                self._head = {**self._head, "model": model}
            case Resume():
                self._resumed = event.attempt

    def _about_calls(self, event: StepDone | ApprovalEvent | ToolResult) -> bytes:
        match event:
            case StepDone():
                return self._whole_calls()
            case ApprovalEvent():
                return self._asked(event)
            case ToolResult():
                return self._result(self._items.calls()[event.index], event)

    def _whole_calls(self) -> bytes:
        """Sends that the arguments of all calls are whole."""
        item = self._items.open_text()
        closing = self._close(item, "completed") if item else b""
        return closing + b"".join(self._whole(each) for each in self._items.calls() if not each.is_whole)

    def _whole(self, item: Item) -> bytes:
        item.is_whole = True
        return self._frame("response.mcp_call_arguments.done", **_place(item), arguments=item.text)

    def _asked(self, approval: Approval) -> bytes:
        """Sends the question whether a tool may be called, once. There is no item for other questions."""
        item = self._items.add_approval(approval)
        if item is None:
            return b""
        added = self._frame("response.output_item.added", output_index=item.index, item=item.as_begun())
        return added + self._frame(
            "response.output_item.done", output_index=item.index, item=item.as_object("completed")
        )

    def _result(self, item: Item, result: ToolResult | ServerCall) -> bytes:
        """Sends the result of a call, and closes its item."""
        item.result = result
        kind = "response.mcp_call.completed" if result.status == "ok" else "response.mcp_call.failed"
        return self._frame(kind, **_place(item)) + self._close(item, "completed")

    def _progress(self) -> bytes:
        if self._is_begun:
            return b""
        self._is_begun = True
        return self._frame("response.in_progress", response=response_of(self._head, "in_progress", []))

    def _frame(self, kind: str, **fields: Any) -> bytes:
        return self._numbers.frame(kind, **fields)

    def _text(self, kind: Kind, text: str, as_json: str = "") -> bytes:
        item, opening = self._items.open_text(), b""
        if item is None or item.kind != kind:
            opening = self._close(item, "completed") if item else b""
            item = self._items.add(kind)
            opening += self._open(item)
        return opening + self._delta(item, text, as_json)

    def _call(self, call: ToolCall | FunctionCall) -> bytes:
        item = self._items.open_text()
        closing = self._close(item, "completed") if item else b""
        is_ours = isinstance(call, ServerCall) or (isinstance(call, ToolCall) and call.server is not None)
        return closing + self._open(self._items.add("mcp_call" if is_ours else "function_call", call))

    def _delta(self, item: Item, text: str, as_json: str = "") -> bytes:
        item.texts.append(text)
        return self._numbers.delta(self._deltas[item.index], text, as_json)

    def _open(self, item: Item) -> bytes:
        kind, place = DELTAS[item.kind]
        at = f'"item_id":"{item.id}","output_index":{item.index},' + (place and f"{place},")
        self._deltas[item.index] = f'event: {kind}\ndata: {{"type":"{kind}",{at}"sequence_number":'.encode()
        opening = self._frame("response.output_item.added", output_index=item.index, item=item.as_begun())
        if item.kind == "reasoning":
            opening += self._frame("response.reasoning_summary_part.added", **_place(item), part=item.empty_part)
        elif item.kind == "message":
            opening += self._frame("response.content_part.added", **_place(item), part=item.empty_part)
        elif item.kind == "mcp_call":
            opening += self._frame("response.mcp_call.in_progress", **_place(item))
        return opening

    def _close(self, item: Item, status: Done) -> bytes:
        item.is_open = False
        place, text = _place(item), item.text
        if item.kind == "reasoning":
            closing = self._frame("response.reasoning_summary_text.done", **place, text=text)
            closing += self._frame("response.reasoning_summary_part.done", **place, part=item.part)
        elif item.kind == "message":
            closing = self._frame("response.output_text.done", **place, text=text, logprobs=[])
            closing += self._frame("response.content_part.done", **place, part=item.part)
        elif item.kind == "function_call":
            closing = self._frame("response.function_call_arguments.done", **place, name=item.name, arguments=text)
        else:
            closing = b"" if item.is_whole else self._whole(item)
        return closing + self._frame("response.output_item.done", output_index=item.index, item=item.as_object(status))

    def _restart(self, attempt: int) -> bytes:
        """Begins the reply again. A reader that has some of the earlier one gets an error, and the stream ends."""
        self._restarts += 1
        return self._anew(first_of(attempt, self._restarts))

    def _anew(self, first: int) -> bytes:
        """Makes the items again, from number `first` on."""
        if PREAMBLE <= self._numbers.seen < first:
            return self._fail(WORKER_LOST[0], MADE_AGAIN)
        self._items, self._deltas = Items(self._turn_id), {}
        self._numbers.next = max(first, self._numbers.next)
        return b""

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        """Sends what of the snapshot was not sent. Where the log is gone, nothing says which reply a number is of.

        After a resume the snapshot voids what an interrupted request had written.
        """
        if self._resumed:
            return self._anew(first_of(self._resumed, self._restarts)) or self._whole_snapshot(snapshot)
        if not self._items.all and self._numbers.after >= PREAMBLE:
            return self._fail(StreamExpired.code, StreamExpired.detail)
        if not self._items.all:
            return self._whole_snapshot(snapshot)
        rest = _rest_of(self._items, snapshot)
        return self._fail(WORKER_LOST[0], MADE_AGAIN) if rest is None else self._add(rest, snapshot)

    def _add(self, rest: list[tuple[Kind, str]], snapshot: Snapshot) -> bytes:
        """Sends the rest of the thinking and of the text, and what is new of the calls."""
        sent = b""
        for kind, text in rest:
            if text:
                sent += self._text(kind, text)
        calls = self._items.calls()
        for index, call in enumerate(snapshot.tool_calls or ()):
            sent += b"" if index < len(calls) else self._call(call)
            item = self._items.calls()[index]
            if arguments := call.arguments[len(item.text) :]:
                sent += self._delta(item, arguments)
        return sent

    def _whole_snapshot(self, snapshot: Snapshot) -> bytes:
        """Sends a snapshot of which nothing was sent."""
        sent = b""
        for part in segments_of(snapshot.content, snapshot.thinking, snapshot.steps):
            sent += b"".join(self._text(kind, text) for kind, text in texts_of(part))
            sent += b"".join(self._known_call(call) for call in part.calls)
            if part.calls and part.is_complete:
                sent += self._whole_calls() + self._results(part.calls)
        return sent + b"".join(self._known_call(call) for call in snapshot.tool_calls or ())

    def _known_call(self, call: FunctionCall) -> bytes:
        begun = self._call(call)
        return begun + (self._delta(self._items.all[-1], call.arguments) if call.arguments else b"")

    def _results(self, calls: Sequence[ServerCall]) -> bytes:
        """Sends the questions and the results of the last calls."""
        items, sent = self._items.calls()[-len(calls) :], b""
        sent += b"".join(self._asked(call.approval) for call in calls if call.approval)
        for item, call in zip(items, calls, strict=True):
            sent += self._result(item, call) if call.status else b""
        return sent

    def _end(self, last: End | Error) -> bytes:
        if isinstance(last, Error) and last.code == "unknown_turn":
            return self._fail("response_not_found", last.content)
        status, fields = end_of(last)
        done: Done = "completed" if status == "completed" else "incomplete"
        last_item = self._items.all[-1:]
        closing = b"".join(
            [self._close(item, done if item in last_item else "completed") for item in self._items.all if item.is_open]
        )
        response = response_of(self._head, status, self._items.as_objects(done), fields)
        self.is_over = True
        return closing + self._frame(LAST.get(status, "response.incomplete"), response=response)

    def _fail(self, code: str, message: str) -> bytes:
        self.is_over = True
        self._numbers.next = self._numbers.seen + 1
        return self._frame("error", code=code, message=message, param=None)


def _both(json: str) -> tuple[str, str]:
    """Returns the text of an event, and the same in JSON."""
    as_json = text_json(json)
    return text_of_json(as_json), as_json


def _place(item: Item) -> Object:
    place: Object = {"item_id": item.id, "output_index": item.index}
    if item.kind == "reasoning":
        place["summary_index"] = 0
    elif item.kind == "message":
        place["content_index"] = 0
    return place


def _rest_of(items: Items, snapshot: Snapshot) -> list[tuple[Kind, str]] | None:
    """Returns what is new of the thinking and of the text; None if something else was sent than the snapshot has."""
    texts: list[tuple[Kind, str]] = [("reasoning", snapshot.thinking), ("message", snapshot.content)]
    given, calls = snapshot.tool_calls or [], items.calls()
    if snapshot.steps or any(item.kind == "mcp_call" for item in calls):
        return None
    if len(given) < len(calls) or not all(
        call.arguments.startswith(item.text) for call, item in zip(given, calls, strict=False)
    ):
        return None
    if not all(text.startswith(items.text_of(kind)) for kind, text in texts):
        return None
    return [(kind, text[len(items.text_of(kind)) :]) for kind, text in texts]
