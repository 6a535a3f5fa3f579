"""Translates a turn's events into the chunks of a streamed chat completion.

Source: https://platform.openai.com/docs/api-reference/chat-streaming; `reasoning_content` as DeepSeek defines it.
"""

from typing import Any

from pydantic_core import from_json, to_json

from api.protocols import openai_errors
from api.protocols.chat_completions.ids import id_of
from api.protocols.errors import ReplyStopped, ServerRestarting
from api.protocols.openai_failures import WORKER_LOST, status_of
from api.protocols.shown import Shown
from api.protocols.turn_times import created_at
from chat.events import End, Error, Snapshot, ToolCall, text_json
from chat.tool_calls import FunctionCall

DONE = b"data: [DONE]\n\n"


class ChatTranslation:
    """Makes the chunks of one reply. `includes_usage`: whether the counts of tokens come in a chunk of their own.

    What was sent cannot be taken back: where a new attempt begins the reply again, the stream ends with an error. Calls
    of tool servers are not shown, because a client would take them for calls that it has to answer.
    """

    def __init__(self, turn_id: str, model: str, *, includes_usage: bool = False) -> None:
        self._turn_id = turn_id
        self._includes_usage = includes_usage
        self._shown = Shown()
        self._tail = b'},"finish_reason":null}]%b}\n\n' % self._no_usage
        self._answers(model)
        self.is_over = False

    def begin(self) -> bytes:
        return self._head + b'"role":"assistant","content":""' + self._tail

    def frame(self, kind: str, json: str, seq: int) -> bytes:
        if kind == "chunk":
            text = text_json(json).encode()
            self._shown.text.add(text[1:-1])
            return self._head + b'"content":' + text + self._tail
        if kind == "thinking":
            text = text_json(json).encode()
            self._shown.thinking.add(text[1:-1])
            return self._head + b'"reasoning_content":' + text + self._tail
        return self._rare(kind, json)

    def interrupted(self) -> bytes:
        return self._fail(ServerRestarting.code, ServerRestarting.detail, ServerRestarting.status)

    def _rare(self, kind: str, json: str) -> bytes:
        match kind:
            case "tool_arguments":
                return self._arguments(from_json(json)["index"], text_json(json).encode()[1:-1])
            case "tool_call":
                call = ToolCall.model_validate_json(json)
                return b"" if call.server is not None else self._call(call.index, call)
            case "retry":
                self._answers(from_json(json).get("model") or self._model)
            case "restart":
                return b"" if self._shown.is_empty else self._fail(*WORKER_LOST)
            case "snapshot":
                return self._snapshot(Snapshot.model_validate_json(json))
            case "end":
                return self._end(End.model_validate_json(json))
            case "error":
                error = Error.model_validate_json(json)
                return self._fail(error.code, error.content, status_of(error))
        return b""

    def _answers(self, model: str) -> None:
        """Names the model in all chunks from now on."""
        self._model = model
        self._open = b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":[' % (
            to_json(id_of(self._turn_id)),
            created_at(self._turn_id),
            to_json(model),
        )
        self._head = self._open + b'{"index":0,"delta":{'

    def _call(self, index: int, call: ToolCall | FunctionCall) -> bytes:
        """Begins a call of a tool, without its arguments."""
        self._shown.begin_call(call)
        begun: dict[str, Any] = {
            "index": index,
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        if call.extra_content:
            begun["extra_content"] = call.extra_content
        return self._head + b'"tool_calls":[' + to_json(begun) + b"]" + self._tail

    def _arguments(self, index: int, escaped: bytes) -> bytes:
        if not self._shown.calls:  # of a tool server's call: a reply has calls of one kind only
            return b""
        self._shown.calls[index].arguments.add(escaped)
        part = b'"tool_calls":[{"index":%d,"function":{"arguments":"%b"}}]' % (index, escaped)
        return self._head + part + self._tail

    def _snapshot(self, snapshot: Snapshot) -> bytes:
        """Sends what of the snapshot was not sent."""
        rest = self._shown.rest_of(snapshot)
        if rest is None:
            return self._fail(*WORKER_LOST)
        frames = list[bytes]()
        for name, prefix, text in (
            (b"reasoning_content", self._shown.thinking, rest.thinking),
            (b"content", self._shown.text, rest.text),
        ):
            if text:
                prefix.add(text)
                frames.append(b'%b"%b":"%b"%b' % (self._head, name, text, self._tail))
        for each in rest.calls:
            if each.call:
                frames.append(self._call(each.index, each.call))
            if each.arguments:
                frames.append(self._arguments(each.index, each.arguments))
        return b"".join(frames)

    def _end(self, end: End) -> bytes:
        if end.finish_reason == "cancelled":
            return self._fail(ReplyStopped.code, ReplyStopped.detail, ReplyStopped.status)
        self.is_over = True
        reason = to_json(end.finish_reason)
        last = b'%b{"index":0,"delta":{},"finish_reason":%b}]%b}\n\n' % (self._open, reason, self._no_usage)
        if self._includes_usage and end.usage:
            last += b'%b],"usage":%b}\n\n' % (self._open, to_json(end.usage))
        return last + DONE

    @property
    def _no_usage(self) -> bytes:
        return b',"usage":null' if self._includes_usage else b""

    def _fail(self, code: str, message: str, status: int) -> bytes:
        self.is_over = True
        return openai_errors.frame_of(code, message, status) + DONE
