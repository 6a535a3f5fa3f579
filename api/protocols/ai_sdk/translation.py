"""Translates a turn's events into the chunks of a UI message stream.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, and `uiMessageChunkSchema` of the package `ai`, version 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import from_json, to_json

from chat.events import End, Error, Snapshot, ToolCall, text_json
from chat.messages import reply_id

HEADERS = {"x-vercel-ai-ui-message-stream": "v1"}
DONE = b"data: [DONE]\n\n"
PROVIDER = "holdfast"
"""Names our entry of a part's `providerMetadata`, which clients send back: the id of the part's reply."""

INTERRUPTED = (
    "This server restarts, and the reply goes on meanwhile. Call resumeStream(), or reload the page, to read on."
)
NOT_JSON = "The model has called this tool with arguments that are not valid JSON."
REASONS = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}

Part = Literal["text", "reasoning"]


@dataclass
class _Call:
    """A call of a tool. `arguments`: what came of them, JSON-escaped."""

    id: str
    name: str
    arguments: list[bytes] = field(default_factory=list)


class UiMessageTranslation:
    """Makes the chunks of one reply, as one step of the client's message `message_id`, after the steps `earlier` of it.

    Where the reply begins again, `reset-step` voids what was sent of it. A tool's input is complete only at the end:
    the client calls the tool then, and not for a reply that begins again.
    """

    def __init__(self, turn_id: str, message_id: str = "", earlier: Sequence[dict[str, Any]] = ()) -> None:
        reply = reply_id(turn_id)
        self._message_id = message_id or reply
        self._metadata: dict[str, Any] = {PROVIDER: {"message": reply}}
        self._earlier = earlier
        self._parts = 0
        self._part: Part | None = None
        self._head = b""
        self._calls = list[_Call]()
        self.is_over = False

    def begin(self) -> bytes:
        before = b"".join(_replayed(f"earlier-{at}", part) for at, part in enumerate(self._earlier))
        return _chunk("start", messageId=self._message_id) + before + _chunk("start-step")

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        if kind == "chunk":
            return self._text("text", text_json(json).encode())
        if kind == "thinking":
            return self._text("reasoning", text_json(json).encode())
        return self._rare(kind, json)

    def interrupted(self) -> bytes:
        return self._fail(INTERRUPTED)

    def _rare(self, kind: str, json: str) -> bytes:
        match kind:
            case "tool_call":
                call = ToolCall.model_validate_json(json)
                return self._call(call.id, call.name)
            case "tool_arguments":
                return self._arguments(from_json(json)["index"], text_json(json).encode())
            case "restart":
                return self._reset()
            case "snapshot":
                return self._snapshot(Snapshot.model_validate_json(json))
            case "end":
                return self._end(End.model_validate_json(json))
            case "error":
                return self._fail(Error.model_validate_json(json).content)
        return b""

    def _text(self, part: Part, text: bytes) -> bytes:
        """`text`: JSON with its quotes."""
        begun = b"" if self._part == part else self._close() + self._open(part)
        return begun + self._head + text + b"}\n\n"

    def _open(self, part: Part) -> bytes:
        self._parts += 1
        self._part = part
        name = f"{part}-{self._parts}"
        self._head = b'data: {"type":"%b-delta","id":"%b","delta":' % (part.encode(), name.encode())
        return _chunk(f"{part}-start", id=name, providerMetadata=self._metadata)

    def _close(self) -> bytes:
        if self._part is None:
            return b""
        part, self._part = self._part, None
        return _chunk(f"{part}-end", id=f"{part}-{self._parts}")

    def _call(self, call_id: str, name: str) -> bytes:
        closed = self._close()
        self._calls.append(_Call(call_id, name))
        return closed + _chunk("tool-input-start", toolCallId=call_id, toolName=name, providerMetadata=self._metadata)

    def _arguments(self, index: int, text: bytes) -> bytes:
        call = self._calls[index]
        call.arguments.append(text[1:-1])
        name = to_json(call.id)
        return b'data: {"type":"tool-input-delta","toolCallId":%b,"inputTextDelta":%b}\n\n' % (name, text)

    def _reset(self) -> bytes:
        if not self._parts and not self._calls:
            return b""
        self._part = None
        self._calls.clear()
        return _chunk("reset-step")

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        frames = [self._reset()]
        if snapshot.thinking:
            frames.append(self._text("reasoning", to_json(snapshot.thinking)))
        if snapshot.content:
            frames.append(self._text("text", to_json(snapshot.content)))
        for call in snapshot.tool_calls or ():
            frames.append(self._call(call.id, call.name))
            if call.arguments:
                frames.append(self._arguments(len(self._calls) - 1, to_json(call.arguments)))
        return b"".join(frames)

    def _end(self, end: End) -> bytes:
        closed = self._close()
        self.is_over = True
        if end.finish_reason == "cancelled":
            return closed + _chunk("abort", reason="The reply was stopped.") + DONE
        called = b"".join(self._called(call) for call in self._calls)
        finished = _chunk("finish-step") + _chunk("finish", finishReason=REASONS[end.finish_reason])
        return closed + called + finished + DONE

    def _called(self, call: _Call) -> bytes:
        """Tells the client that a call is complete."""
        text: str = from_json(b'"%b"' % b"".join(call.arguments))
        given: dict[str, Any] = {"toolCallId": call.id, "toolName": call.name, "providerMetadata": self._metadata}
        try:
            return _chunk("tool-input-available", **given, input=from_json(text or "{}", allow_inf_nan=False))
        except ValueError:
            return _chunk("tool-input-error", **given, input=text, errorText=NOT_JSON)

    def _fail(self, sentence: str) -> bytes:
        self.is_over = True
        return self._close() + _chunk("error", errorText=sentence) + DONE


def _replayed(name: str, part: dict[str, Any]) -> bytes:
    """Returns the chunks of a part of an earlier step. Its call was made: the client must not make it again."""
    kind = part["type"]
    if kind == "step-start":
        return _chunk("start-step")
    if kind in ("text", "reasoning"):
        begun = _chunk(f"{kind}-start", id=name, providerMetadata=part["providerMetadata"])
        return begun + _chunk(f"{kind}-delta", id=name, delta=part["text"]) + _chunk(f"{kind}-end", id=name)
    call = {"toolCallId": part["toolCallId"], "providerExecuted": True}
    tool, metadata = kind.removeprefix("tool-"), part["callProviderMetadata"]
    given = _chunk("tool-input-available", **call, toolName=tool, input=part["input"], providerMetadata=metadata)
    if "output" in part:
        return given + _chunk("tool-output-available", **call, output=part["output"])
    return given + _chunk("tool-output-error", **call, errorText=part.get("errorText", ""))


def _chunk(kind: str, **fields: Any) -> bytes:
    return b"data: %b\n\n" % to_json({"type": kind, **fields}, inf_nan_mode="null")
