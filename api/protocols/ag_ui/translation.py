"""Translates a turn's events into the events of the Agent User Interaction Protocol.

Source: https://docs.ag-ui.com/sdk/python/core/events, version 1.0. The ids of events are those of our own streams:
docs/protocol.md describes how clients resume with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json, to_json

from chat import keys
from chat.events import End, Error, Snapshot, ToolCall, text_json
from chat.messages import reply_id
from chat.tool_calls import FunctionCall

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
    """Makes the events of one run. Where the reply begins again, a snapshot of the messages replaces what was sent."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._id = f"id: {run.turn_id}:".encode()
        self._reply = reply_id(run.turn_id)
        self._thinking = thinking_id(run.turn_id)
        self._messages = [each for each in run.messages if each.get("id") not in (self._reply, self._thinking)]
        self._thought = self._thinking in {each.get("id") for each in run.messages}
        self._has_text = run.goes_on or run.replaces
        self._part: Part | None = None
        self._heads: dict[Part, bytes] = {
            "text": _head("TEXT", self._reply),
            "reasoning": _head("REASONING", self._thinking),
        }
        self._failed = False
        self._calls = list[str]()
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
        return self._rare(kind, json)

    def _rare(self, kind: str, json: str) -> bytes:
        match kind:
            case "tool_call":
                call = ToolCall.model_validate_json(json)
                return self._call(call.id, call.name)
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
        return b""

    def _text(self, part: Part, text: bytes) -> bytes:
        """`text`: JSON with its quotes."""
        begun = b"" if self._part == part else self._close() + self._open(part)
        return begun + self._heads[part] + text + b"}\n\n"

    def _open(self, part: Part) -> bytes:
        self._part, self._has_text = part, True
        if part == "text":
            return _event("TEXT_MESSAGE_START", messageId=self._reply, role="assistant")
        self._thought = True
        started = _event("REASONING_START", messageId=self._thinking)
        return started + _event("REASONING_MESSAGE_START", messageId=self._thinking, role="reasoning")

    def _close(self) -> bytes:
        part, self._part = self._part, None
        if part is None:
            return b""
        if part == "text":
            return _event("TEXT_MESSAGE_END", messageId=self._reply)
        ended = _event("REASONING_MESSAGE_END", messageId=self._thinking)
        return ended + _event("REASONING_END", messageId=self._thinking)

    def _call(self, call_id: str, name: str) -> bytes:
        closed = self._close()
        self._calls.append(call_id)
        started = {"toolCallId": call_id, "toolCallName": name, "parentMessageId": self._reply}
        return closed + _event("TOOL_CALL_START", **started)

    def _arguments(self, index: int, text: bytes) -> bytes:
        name = to_json(self._calls[index])
        return b'data: {"type":"TOOL_CALL_ARGS","toolCallId":%b,"delta":%b}\n\n' % (name, text)

    def _restart(self) -> bytes:
        if self._calls:  # a call that has begun can only be ended, and the client would then run the tool
            return self._fail(*CALLS_LOST)
        if not self._has_text:
            return b""
        return self._close() + self._replaced()

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        if self._calls:
            return self._fail(*CALLS_LOST)
        replaced = self._close() + self._replaced(snapshot.thinking, snapshot.content)
        for index, call in enumerate(snapshot.tool_calls or ()):
            replaced += self._whole_call(index, call)
        return replaced

    def _whole_call(self, index: int, call: FunctionCall) -> bytes:
        begun = self._call(call.id, call.name)
        return begun + (self._arguments(index, to_json(call.arguments)) if call.arguments else b"")

    def _replaced(self, thinking: str = "", text: str = "") -> bytes:
        """Returns the event that replaces the conversation, with as much of the reply as is given.

        Clients keep their reasoning where a snapshot has none: so it has an empty one where some was sent.
        """
        messages = list(self._messages)
        if thinking or (self._thought and all(each.get("role") != "reasoning" for each in messages)):
            messages.append({"id": self._thinking, "role": "reasoning", "content": thinking})
        if text:
            messages.append({"id": self._reply, "role": "assistant", "content": text})
        self._has_text = True
        return _event("MESSAGES_SNAPSHOT", messages=messages)

    def _end(self, end: End) -> bytes:
        closed = self._close() + b"".join(_event("TOOL_CALL_END", toolCallId=each) for each in self._calls)
        self.is_over = True
        outcome: dict[str, Any] = {"type": "cancelled" if end.finish_reason == "cancelled" else "success"}
        if self._calls and end.finish_reason != "cancelled":
            outcome["pendingToolCallIds"] = self._calls
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
