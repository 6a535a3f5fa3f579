"""Reads a turn's event stream; written from docs/protocol.md alone."""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any


async def blocks(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    """The lines of each block of a body whose pieces begin and end anywhere; what is not complete is dropped."""
    decode, rest, lines, after_cr = getincrementaldecoder("utf-8")().decode, "", list[str](), False
    async for piece in pieces:
        if text := decode(piece):
            rest += text[1:] if after_cr and text[0] == "\n" else text
            after_cr = text[-1] == "\r"
            *ended, rest = re.split("\r\n|\n|\r", rest)
            for line in ended:
                if line:
                    lines.append(line)
                elif lines:
                    yield lines
                    lines = []


def fields(lines: list[str]) -> dict[str, str]:
    """The fields of a block; a comment's name is empty."""
    return {name: value.removeprefix(" ") for name, _, value in (line.partition(":") for line in lines)}


@dataclass
class Reader:
    """What is shown of a turn. `pause` is in seconds; `ending` is `end` or `error`, once there is one.

    `calls`: of tools, each with `id`, `name` and `arguments`; with `server` also what became of it. `steps`: those that
    are complete.
    """

    text: str = ""
    thinking: str = ""
    cursor: int = 0
    pause: float = 1.0
    ending: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def take(self, lines: list[str]) -> None:
        """Take one block of the stream."""
        block = fields(lines)
        self.pause = int(block["retry"]) / 1000 if "retry" in block else self.pause
        event = json.loads(block.get("data", "null"))
        seq = int(block["id"].rpartition(":")[2]) if event else 0
        if not event or (seq <= self.cursor and event["type"] != "snapshot"):
            return
        self.cursor = seq
        match event["type"]:
            case "chunk":
                self.text += event["content"]
            case "thinking":
                self.thinking += event["content"]
            case "tool_call" | "tool_arguments" | "step" | "tool_start" | "tool_result" | "approval":
                self._take_call(event)
            case "restart":
                self.text = self.thinking = ""
                self.calls, self.steps = [], []
            case "snapshot":
                self.text, self.thinking = event["content"], event["thinking"]
                steps = event.get("steps", [])
                self.calls = [{**call} for call in event.get("tool_calls", ())]
                self.calls += [call for step in steps for call in step["calls"]]
                self.steps = [step for step in steps if step["complete"]]
            case "end" | "error" as ending:
                self.ending = ending

    def _take_call(self, event: dict[str, Any]) -> None:
        if event["type"] == "tool_call":
            call = {"id": event["id"], "name": event["name"], "arguments": ""}
            call |= {"server": event["server"], "started": False} if "server" in event else {}
            self.calls[event["index"] :] = [call]
        elif event["type"] == "step":
            self.steps.append(self._step())
        elif event["type"] != "tool_arguments":
            self._take_outcome(event)
        elif event["index"] < len(self.calls):
            self.calls[event["index"]]["arguments"] += event["content"]

    def _take_outcome(self, event: dict[str, Any]) -> None:
        """Note what became of a call of a tool server's tool."""
        call = self.calls[event["index"]]
        if event["type"] == "tool_start":
            call["started"] = True
        elif event["type"] == "approval":
            call["approval"] = event
        else:
            call |= {name: event[name] for name in ("status", "content")}

    def _step(self) -> dict[str, Any]:
        """What came since the last step that is complete."""
        texts = sum(len(step["content"]) for step in self.steps)
        thoughts = sum(len(step.get("thinking", "")) for step in self.steps)
        calls = self.calls[sum(len(step["calls"]) for step in self.steps) :]
        return {"content": self.text[texts:], "thinking": self.thinking[thoughts:], "calls": calls}
