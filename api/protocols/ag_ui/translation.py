"""Translates a turn's events into the events of the Agent User Interaction Protocol.

Source: https://docs.ag-ui.com/sdk/python/core/events, version 1.0. The ids of events are those of our own streams:
docs/protocol.md describes how clients resume with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json, to_json

from api.protocols.ag_ui.calls import NO_RESULT, Call, call_id, content_of, messages_of, reply_of, text_id
from api.protocols.ag_ui.interrupts import interrupt_of
from api.streaming.pauses import ASKS, PAUSED
from chat import keys
from chat.events import (
    AnyEvent,
    ApprovalEvent,
    End,
    Error,
    Snapshot,
    StepDone,
    ToolCall,
    ToolProgress,
    ToolResult,
    parse,
    text_json,
)
from chat.messages import reply_id
from chat.tool_calls import Approval, FunctionCall, ServerCall

VERSION = "1.0"
INTERRUPTED = (
    "server_restarting",
    "This server restarts, and the reply goes on meanwhile. Run again with the same runId to read on.",
)
CALLS_LOST = (
    "worker_lost",
    "The process that wrote this reply ended while it called tools, and the reply was made again from its beginning. "
    "Run again with the same runId to get it.",
)
"""Code and sentence of errors that end the stream before the run."""

BOUNDARY = b"\n\n"

Part = Literal["text", "reasoning"]


@dataclass(frozen=True)
class Run:
    """What is followed. `messages`: the conversation as JSON objects, without the run's reply.

    `goes_on`: the client has a part of the reply. `replaces`: it may, and the reply is sent anew from its beginning.
    """

    turn_id: str
    thread_id: str
    run_id: str
    messages: Sequence[dict[str, Any]]
    goes_on: bool = False
    replaces: bool = False


def thinking_id(turn_id: str) -> str:
    """Returns the id of the message that has a turn's reasoning."""
    return f"{keys.number_of(turn_id)}-t"


class AgUiTranslation:
    """Makes the events of one run. Where the reply begins again, a snapshot of the messages replaces what was sent.

    The text after a step of tool servers' calls is a message of its own. The stream ends where the turn waits for its
    user: the answers come with another run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._id = f"id: {run.turn_id}:".encode()
        self._reply = reply_id(run.turn_id)
        self._thinking = thinking_id(run.turn_id)
        own = (self._reply, self._thinking)
        self._messages = [each for each in run.messages if reply_of(str(each.get("id"))) not in own]
        self._thought = self._thinking in {each.get("id") for each in run.messages}
        self._has_text = run.goes_on or run.replaces
        self._part: Part | None = None
        self._heads: dict[Part, bytes] = {"reasoning": _head("REASONING", self._thinking)}
        self._begin_step(0)
        self._failed = False
        self._calls = list[Call]()
        self.is_over = False

    def begin(self) -> bytes:
        ids = {"threadId": self._run.thread_id, "runId": self._run.run_id}
        started = _event("RUN_STARTED", **ids, protocolVersion=VERSION)
        return started + (self._replaced() if self._run.replaces else b"")

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        frames = self._events(kind, json)
        if not frames or self._failed:
            return frames
        cut = frames.rfind(BOUNDARY, 0, -1)
        cut = 0 if cut < 0 else cut + len(BOUNDARY)
        return b"%b%b%d\n%b" % (frames[:cut], self._id, seq, frames[cut:])

    def interrupted(self) -> bytes:
        return self._fail(*INTERRUPTED)

    def _events(self, kind: str, json: str) -> bytes:
        if kind == "chunk":
            return self._text("text", text_json(json).encode())
        if kind == "thinking":
            return self._text("reasoning", text_json(json).encode())
        return self._paused(json) if kind == PAUSED else self._rare(kind, json)

    def _rare(self, kind: str, json: str) -> bytes:
        match kind:
            case "tool_call":
                return self._call(ToolCall.model_validate_json(json))
            case "tool_arguments":
                return self._arguments(from_json(json)["index"], text_json(json).encode())
            case "restart":
                return self._restart()
            case "snapshot":
                return self._snapshot(Snapshot.model_validate_json(json))
            case "end":
                return self._end(End.model_validate_json(json))
            case "error":
                error = Error.model_validate_json(json)
                return self._fail(error.code, error.content)
            case "step" | "tool_progress" | "tool_result" | "approval":
                return self._about_calls(parse(json))
        return b""

    def _about_calls(self, event: AnyEvent) -> bytes:
        match event:
            case StepDone():
                self._begin_step(event.index + 1)
                return self._close() + self._end_calls()
            case ApprovalEvent():
                return self._asked(event)
            case ToolResult():
                return self._result(self._calls[event.index], content_of(event))
            case ToolProgress():
                about = event.model_dump(exclude_none=True, exclude={"type", "index"})
                value = {"toolCallId": self._calls[event.index].id, **about}
                return _event("CUSTOM", name="holdfast.tool_progress", value=value)
        return b""

    def _asked(self, approval: Approval) -> bytes:
        """Returns the event that a question to the user was asked or answered."""
        about = approval.model_dump(exclude={"type", "index"})
        value = {"turnId": self._run.turn_id, "toolCallId": self._calls[approval.index].id, **about}
        return _event("CUSTOM", name="holdfast.approval", value=value)

    def _result(self, call: Call, content: str | list[dict[str, Any]]) -> bytes:
        call.has_result = True
        about = {"messageId": call.id, "toolCallId": call.id, "content": content}
        return _event("TOOL_CALL_RESULT", **about, role="tool")

    def _begin_step(self, step: int) -> None:
        self._message = text_id(self._reply, step)
        self._heads["text"] = _head("TEXT", self._message)

    def _end_calls(self) -> bytes:
        """Says that the arguments of all calls are whole."""
        opened = [call for call in self._calls if call.is_open]
        for call in opened:
            call.is_open = False
        return b"".join(_event("TOOL_CALL_END", toolCallId=call.id) for call in opened)

    def _text(self, part: Part, text: bytes) -> bytes:
        """`text`: JSON with its quotes."""
        begun = b"" if self._part == part else self._close() + self._open(part)
        return begun + self._heads[part] + text + b"}\n\n"

    def _open(self, part: Part) -> bytes:
        self._part, self._has_text = part, True
        if part == "text":
            return _event("TEXT_MESSAGE_START", messageId=self._message, role="assistant")
        self._thought = True
        started = _event("REASONING_START", messageId=self._thinking)
        return started + _event("REASONING_MESSAGE_START", messageId=self._thinking, role="reasoning")

    def _close(self) -> bytes:
        part, self._part = self._part, None
        if part is None:
            return b""
        if part == "text":
            return _event("TEXT_MESSAGE_END", messageId=self._message)
        ended = _event("REASONING_MESSAGE_END", messageId=self._thinking)
        return ended + _event("REASONING_END", messageId=self._thinking)

    def _call(self, call: ToolCall | FunctionCall) -> bytes:
        """Begins a call, without its arguments."""
        closed = self._close()
        begun = self._note(call)
        started = {"toolCallId": begun.id, "toolCallName": call.name, "parentMessageId": self._message}
        return closed + _event("TOOL_CALL_START", **started)

    def _note(self, call: ToolCall | FunctionCall) -> Call:
        is_ours = isinstance(call, ServerCall) or (isinstance(call, ToolCall) and call.server is not None)
        noted = Call(call_id(self._reply, len(self._calls)) if is_ours else call.id, is_ours)
        self._calls.append(noted)
        return noted

    def _arguments(self, index: int, text: bytes) -> bytes:
        name = to_json(self._calls[index].id)
        return b'data: {"type":"TOOL_CALL_ARGS","toolCallId":%b,"delta":%b}\n\n' % (name, text)

    def _restart(self) -> bytes:
        if not self._may_drop_calls:
            return self._fail(*CALLS_LOST)
        if not (self._has_text or self._calls):
            return b""
        return self._close() + self._end_calls() + self._replaced()

    @property
    def _may_drop_calls(self) -> bool:
        """Whether no call is the client's: one that has begun can only be ended, and the client would run the tool."""
        return all(call.is_ours for call in self._calls)

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        if not self._may_drop_calls:
            return self._fail(*CALLS_LOST)
        replaced = self._close() + self._end_calls() + self._replaced(snapshot)
        for step in snapshot.steps or ():
            for call in step.calls:
                replaced += self._known_call(call) if step.complete else self._whole_call(call)
        return replaced + b"".join(self._whole_call(call) for call in snapshot.tool_calls or ())

    def _known_call(self, call: ServerCall) -> bytes:
        """Notes a call that a snapshot of the messages has. Returns the question about it, if that is open."""
        noted = self._note(call)
        noted.is_open, noted.has_result = False, call.status is not None
        return self._asked(call.approval) if call.approval and call.approval.state == "asked" else b""

    def _whole_call(self, call: FunctionCall) -> bytes:
        begun = self._call(call)
        index = len(self._calls) - 1
        return begun + (self._arguments(index, to_json(call.arguments)) if call.arguments else b"")

    def _replaced(self, shown: Snapshot | None = None) -> bytes:
        """Returns the event that replaces the conversation, with as much of the reply as is given.

        Clients keep their reasoning where a snapshot has none: so it has an empty one where some was sent.
        """
        messages, shown = list(self._messages), shown or Snapshot(content="")
        self._calls.clear()
        self._begin_step(sum(step.complete for step in shown.steps or ()))
        thinking = shown.thinking
        self._thought = self._thought or bool(thinking)
        if thinking or (self._thought and all(each.get("role") != "reasoning" for each in messages)):
            messages.append({"id": self._thinking, "role": "reasoning", "content": thinking})
        messages += messages_of(self._reply, shown)
        self._has_text = True
        return _event("MESSAGES_SNAPSHOT", messages=messages)

    def _paused(self, asks: str) -> bytes:
        interrupts = [interrupt_of(self._run.turn_id, self._reply, ask) for ask in ASKS.validate_json(asks)]
        self.is_over = True
        ids = {"threadId": self._run.thread_id, "runId": self._run.run_id}
        outcome = {"type": "interrupt", "interrupts": interrupts}
        return self._close() + _event("RUN_FINISHED", **ids, outcome=outcome)

    def _end(self, end: End) -> bytes:
        closed = self._close() + self._end_calls()
        closed += b"".join(
            self._result(each, NO_RESULT) for each in self._calls if each.is_ours and not each.has_result
        )
        pending = [each.id for each in self._calls if not each.is_ours]
        self.is_over = True
        outcome: dict[str, Any] = {"type": "cancelled" if end.finish_reason == "cancelled" else "success"}
        if pending and end.finish_reason != "cancelled":
            outcome["pendingToolCallIds"] = pending
        fields: dict[str, Any] = {"outcome": outcome, "result": {"finishReason": end.finish_reason}}
        if end.usage:
            counts = end.usage.prompt_tokens, end.usage.completion_tokens, end.usage.total_tokens
            fields["usage"] = [dict(zip(("inputTokens", "outputTokens", "totalTokens"), counts, strict=True))]
        return closed + _event("RUN_FINISHED", threadId=self._run.thread_id, runId=self._run.run_id, **fields)

    def _fail(self, code: str, sentence: str) -> bytes:
        closed = self._close()
        self.is_over = self._failed = True
        return closed + _event("RUN_ERROR", message=sentence, code=code)


def _event(kind: str, **fields: Any) -> bytes:
    return b"data: %b\n\n" % to_json({"type": kind, **fields}, inf_nan_mode="null")


def _head(kind: str, message_id: str) -> bytes:
    return f'data: {{"type":"{kind}_MESSAGE_CONTENT","messageId":"{message_id}","delta":'.encode()
