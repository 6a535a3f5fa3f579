"""Translates a turn's events into the chunks of a UI message stream.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, and `uiMessageChunkSchema` of the package `ai`, version 7.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from pydantic_core import from_json, to_json

from api.protocols.ai_sdk import chunks
from api.protocols.ai_sdk.chunks import PROVIDER, Call, chunk
from api.protocols.segments import segments_of
from api.streaming.pauses import ASKS, PAUSED
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
from chat.tool_calls import FunctionCall, ServerCall

HEADERS = {"x-vercel-ai-ui-message-stream": "v1"}
DONE = b"data: [DONE]\n\n"

INTERRUPTED = (
    "This server restarts, and the reply goes on meanwhile. Call resumeStream(), or reload the page, to read on."
)
NOT_JSON = "The model has called this tool with arguments that are not valid JSON."
REASONS = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}

Part = Literal["text", "reasoning"]


class UiMessageTranslation:
    """Makes the chunks of one reply, as one step of the client's message `message_id`, after the steps `earlier` of it.

    Where the reply begins again, `reset-step` voids what was sent of it. The input of a client's tool is complete only
    at the end: the client calls the tool then, and not for a reply that begins again. Calls of tool servers have ids of
    ours, because those of models may come twice in a reply. A stream ends where the turn waits for its user.

    `goes_on`: the client has the reply so far; `answered`: ids of the approvals that it has answered itself.
    `replaces`: it has some of the reply, and gets the whole.
    """

    def __init__(
        self,
        turn_id: str,
        message_id: str = "",
        earlier: Sequence[dict[str, Any]] = (),
        *,
        goes_on: bool = False,
        answered: Collection[str] = (),
        replaces: bool = False,
    ) -> None:
        self._reply = reply_id(turn_id)
        self._message_id = message_id or self._reply
        self._metadata: dict[str, Any] = {PROVIDER: {"message": self._reply}}
        self._earlier = earlier
        self._goes_on = goes_on
        self._answered = answered
        self._replaces = replaces
        self._parts = 0
        self._part: Part | None = None
        self._head = b""
        self._calls = list[Call]()
        self.is_over = False

    def begin(self) -> bytes:
        started = chunk("start", messageId=self._message_id)
        if self._goes_on or self._replaces:
            return started + (chunk("reset-step") if self._replaces else b"")
        before = b"".join(_replayed(f"earlier-{at}", part) for at, part in enumerate(self._earlier))
        return started + before + chunk("start-step")

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        if kind == "chunk":
            return self._text("text", text_json(json).encode())
        if kind == "thinking":
            return self._text("reasoning", text_json(json).encode())
        return self._paused(json) if kind == PAUSED else self._rare(kind, json)

    def interrupted(self) -> bytes:
        return self._fail(INTERRUPTED)

    def _rare(self, kind: str, json: str) -> bytes:
        match kind:
            case "tool_call":
                return self._call(ToolCall.model_validate_json(json))
            case "tool_arguments":
                return self._arguments(from_json(json)["index"], text_json(json).encode())
            case "restart":
                return self._reset()
            case "snapshot":
                return self._snapshot(Snapshot.model_validate_json(json))
            case "end":
                return self._end(End.model_validate_json(json))
            case "error":
                return self._no_results() + self._fail(Error.model_validate_json(json).content)
            case "step" | "tool_progress" | "tool_result" | "approval":
                return self._about_calls(parse(json))
        return b""

    def _about_calls(self, event: AnyEvent) -> bytes:
        match event:
            case StepDone():
                return b"".join(chunks.given(call, self._reply) for call in self._calls if self._is_begun(call))
            case ApprovalEvent():
                is_known = event.id in self._answered
                return chunks.approval(self._calls[event.index], event, self._reply, is_known=is_known)
            case ToolResult():
                return self._result(event.index, event)
            case ToolProgress():
                about = {**event.model_dump(exclude_none=True), "toolCallId": self._calls[event.index].id}
                return chunk("data-holdfast-progress", data=about, transient=True)
        return b""

    def _is_begun(self, call: Call) -> bool:
        return call.server is not None and not call.is_whole

    def _result(self, index: int, result: ToolResult | ServerCall) -> bytes:
        call = self._calls[index]
        call.has_result = result.status is not None
        return chunks.result(call.id, result, was_asked=bool(call.asked))

    def _text(self, part: Part, text: bytes) -> bytes:
        """`text`: JSON with its quotes."""
        begun = b"" if self._part == part else self._close() + self._open(part)
        return begun + self._head + text + b"}\n\n"

    def _open(self, part: Part) -> bytes:
        self._parts += 1
        self._part = part
        name = f"{part}-{self._parts}"
        self._head = b'data: {"type":"%b-delta","id":"%b","delta":' % (part.encode(), name.encode())
        return chunk(f"{part}-start", id=name, providerMetadata=self._metadata)

    def _close(self) -> bytes:
        if self._part is None:
            return b""
        part, self._part = self._part, None
        return chunk(f"{part}-end", id=f"{part}-{self._parts}")

    def _call(self, call: ToolCall | FunctionCall) -> bytes:
        """Begins a call, without its arguments."""
        begun = Call(call.id, call.name)
        if isinstance(call, ServerCall) or (isinstance(call, ToolCall) and call.server is not None):
            begun = Call(f"{self._reply}-{len(self._calls)}", call.name, call.server, call.title)
        self._calls.append(begun)
        return self._close() + chunks.begun(begun, self._reply)

    def _arguments(self, index: int, text: bytes) -> bytes:
        call = self._calls[index]
        call.arguments.append(text[1:-1])
        name = to_json(call.id)
        return b'data: {"type":"tool-input-delta","toolCallId":%b,"inputTextDelta":%b}\n\n' % (name, text)

    def _reset(self) -> bytes:
        if not (self._parts or self._calls or self._goes_on):
            return b""
        self._part = None
        self._calls.clear()
        return chunk("reset-step")

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        frames = [self._reset()]
        for part in segments_of(snapshot.content, snapshot.thinking, snapshot.steps):
            frames.append(self._text("reasoning", to_json(part.thinking)) if part.thinking else b"")
            frames.append(self._text("text", to_json(part.text)) if part.text else b"")
            frames += [self._whole_call(call, is_complete=part.is_complete) for call in part.calls]
        frames += [self._whole_call(call) for call in snapshot.tool_calls or ()]
        return b"".join(frames)

    def _whole_call(self, call: FunctionCall, *, is_complete: bool = False) -> bytes:
        """Returns a call as far as it is known. `is_complete`: the input of a tool server's call is whole."""
        index = len(self._calls)
        frames = self._call(call)
        if call.arguments:
            frames += self._arguments(index, to_json(call.arguments))
        if isinstance(call, ServerCall) and is_complete:
            frames += chunks.given(self._calls[index], self._reply)
            frames += chunks.approval(self._calls[index], call.approval, self._reply) if call.approval else b""
            frames += self._result(index, call)
        return frames

    def _paused(self, asks: str) -> bytes:
        """Ends the stream where the client can answer something: whether a tool may be called."""
        asked = [ask for ask in ASKS.validate_json(asks) if ask.kind == "call"]
        if not asked:
            return b""
        self.is_over = True
        missing = b"".join(chunks.approval(self._calls[ask.index], ask, self._reply) for ask in asked)
        finished = chunk("finish-step") + chunk("finish", finishReason="tool-calls")
        return self._close() + missing + finished + DONE

    def _no_results(self) -> bytes:
        """Says of calls that ended without a result that they did: otherwise a client waits for it, or asks again."""
        left = [call for call in self._calls if call.is_whole and not call.has_result]
        return b"".join(chunks.no_result(call) for call in left)

    def _end(self, end: End) -> bytes:
        closed = self._close() + self._no_results()
        self.is_over = True
        if end.finish_reason == "cancelled":
            return closed + chunk("abort", reason="The reply was stopped.") + DONE
        called = b"".join(self._called(call) for call in self._calls if call.server is None)
        finished = chunk("finish-step") + chunk("finish", finishReason=REASONS[end.finish_reason])
        return closed + called + finished + DONE

    def _called(self, call: Call) -> bytes:
        """Tells the client that a call of its own tool is complete."""
        text = call.text
        given: dict[str, Any] = {"toolCallId": call.id, "toolName": call.name, "providerMetadata": self._metadata}
        try:
            return chunk("tool-input-available", **given, input=from_json(text or "{}", allow_inf_nan=False))
        except ValueError:
            return chunk("tool-input-error", **given, input=text, errorText=NOT_JSON)

    def _fail(self, sentence: str) -> bytes:
        self.is_over = True
        return self._close() + chunk("error", errorText=sentence) + DONE


def _replayed(name: str, part: dict[str, Any]) -> bytes:
    """Returns the chunks of a part of an earlier step. Its call was made: the client must not make it again."""
    kind = part["type"]
    if kind == "step-start":
        return chunk("start-step")
    if kind in ("text", "reasoning"):
        begun = chunk(f"{kind}-start", id=name, providerMetadata=part["providerMetadata"])
        return begun + chunk(f"{kind}-delta", id=name, delta=part["text"]) + chunk(f"{kind}-end", id=name)
    call: dict[str, Any] = {"toolCallId": part["toolCallId"], "providerExecuted": True}
    call |= {"dynamic": True} if kind == "dynamic-tool" else {}
    tool, metadata = part.get("toolName", kind.removeprefix("tool-")), part["callProviderMetadata"]
    given = chunk("tool-input-available", **call, toolName=tool, input=part["input"], providerMetadata=metadata)
    if "output" in part:
        return given + chunk("tool-output-available", **call, output=part["output"])
    return given + chunk("tool-output-error", **call, errorText=part.get("errorText", ""))
