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

    `calls`: of tools, each with `id`, `name` and `arguments`.
    """

    text: str = ""
    thinking: str = ""
    cursor: int = 0
    pause: float = 1.0
    ending: str = ""
    calls: list[dict[str, str]] = field(default_factory=list)

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
            case "tool_call" | "tool_arguments":
                self._take_call(event)
            case "restart":
                self.text = self.thinking = ""
                self.calls = []
            case "snapshot":
                self.text, self.thinking = event["content"], event["thinking"]
                self.calls = [{**call} for call in event.get("tool_calls", ())]
            case "end" | "error" as ending:
                self.ending = ending

    def _take_call(self, event: dict[str, Any]) -> None:
        if event["type"] == "tool_call":
            self.calls[event["index"] :] = [{"id": event["id"], "name": event["name"], "arguments": ""}]
        elif event["index"] < len(self.calls):
            self.calls[event["index"]]["arguments"] += event["content"]
