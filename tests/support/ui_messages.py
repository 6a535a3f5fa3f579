"""Builds a message from a UI message stream as `processUIMessageStream` of the package `ai`, version 7, does."""

import json
from typing import Any

Part = dict[str, Any]


def chunks_of(data: bytes) -> list[Part]:
    """Returns the chunks of a stream that ended with `[DONE]`, or of a part of it."""
    given = [frame.removeprefix("data: ") for frame in data.decode().split("\n\n") if frame.startswith("data: ")]
    return [json.loads(each) for each in given if each != "[DONE]"]


class UiMessage:
    """What a client has of a message. Raises `KeyError` for a chunk that a client refuses."""

    def __init__(self, parts: list[Part] | None = None) -> None:
        self.id = ""
        self.parts = parts or []
        self.error = ""
        self.reason = ""
        self.data: list[Part] = []
        self._open: dict[str, Part] = {}
        self._started = False

    def resume(self, chunks: list[Part]) -> None:
        """Applies a stream that replays the reply: its start voids what came before."""
        self._open, self._started, self.parts, self.error = {}, False, [], ""
        self.apply(chunks)

    def go_on(self, chunks: list[Part]) -> None:
        """Applies the stream of a request that has sent this message, after an answer to each of its questions."""
        self._open, self._started = {}, False
        for part in self.parts:
            if part.get("state") == "approval-requested":
                part["state"] = "approval-responded"
        self.apply(chunks)

    def apply(self, chunks: list[Part]) -> None:
        for chunk in chunks:
            self._apply(chunk.pop("type"), chunk)

    def _apply(self, kind: str, chunk: Part) -> None:
        verb = kind.removeprefix("text-").removeprefix("reasoning-")
        if kind == "start":
            assert not self._started
            self.id, self._started = chunk["messageId"], True
        elif verb == "start":
            self._open[chunk["id"]] = part = {"type": kind.removesuffix("-start"), "text": ""}
            self.parts.append(part)
        elif verb == "delta":
            self._open[chunk["id"]]["text"] += chunk["delta"]
        elif verb == "end":
            del self._open[chunk["id"]]
        else:
            self._rare(kind, chunk)

    def _rare(self, kind: str, chunk: Part) -> None:
        if kind.startswith("tool-"):
            self._tool(kind, f"tool:{chunk.get('toolCallId')}", chunk)
        elif kind.startswith("data-"):
            self.data.append({"type": kind, **chunk})
        elif kind == "start-step":
            self.parts.append({"type": "step-start"})
        elif kind == "reset-step":
            while self.parts[-1]["type"] != "step-start":
                self.parts.pop()
            self._open.clear()
        else:
            assert kind in ("finish", "finish-step", "abort", "error")
            self.error = chunk.get("errorText", "")
            self.reason = chunk.get("finishReason", self.reason) if kind == "finish" else kind

    def _tool(self, kind: str, name: str, chunk: Part) -> None:
        if kind == "tool-approval-response":
            (part,) = [each for each in self.parts if each.get("approval", {}).get("id") == chunk["approvalId"]]
            part["approval"] |= {"approved": chunk["approved"], "reason": chunk.get("reason")}
            part["state"] = "approval-responded"
        elif kind == "tool-input-start":
            assert all(part.get("id") != chunk["toolCallId"] for part in self.parts)
            self._open[name] = {"type": "tool", "id": chunk["toolCallId"], "name": chunk["toolName"], "text": ""}
            self._open[name] |= {"dynamic": True, "title": chunk.get("title")} if chunk.get("dynamic") else {}
            self.parts.append(self._open[name])
        elif kind == "tool-input-delta":
            self._open[name]["text"] += chunk["inputTextDelta"]
        elif kind in ("tool-input-available", "tool-input-error"):
            part = self._open.pop(name)
            part |= {"input": chunk["input"], "state": "output-error" if "errorText" in chunk else "input-available"}
            assert chunk.get("dynamic", False) == part.get("dynamic", False) == chunk.get("providerExecuted", False)
        else:
            self._output(kind, next(part for part in self.parts if part.get("id") == chunk["toolCallId"]), chunk)

    @staticmethod
    def _output(kind: str, part: Part, chunk: Part) -> None:
        """Apply what a tool of a tool server has given, which the client does not run."""
        assert part["dynamic"]
        assert "input" in part
        if kind == "tool-approval-request":
            part |= {"state": "approval-requested", "approval": {"id": chunk["approvalId"]}}
            return
        assert part["state"] != "approval-requested"
        part["state"] = kind.removeprefix("tool-")
        part["output"] = chunk.get("output", chunk.get("errorText"))
