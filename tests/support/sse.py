"""Reads the event stream of a turn as a browser does."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

Event = dict[str, Any]


@dataclass
class Transcript:
    """What a reader of a turn has received so far: its events, and the text, thinking and calls that they amount to."""

    text: str = ""
    thinking: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    last_id: str = ""
    events: list[Event] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def end(self) -> Event | None:
        return next((event for event in self.events if event["type"] in ("end", "error")), None)

    @property
    def seq(self) -> int:
        return int(self.last_id.rpartition(":")[2])

    def take(self, event_id: str, event: Event) -> None:
        self.last_id = event_id or self.last_id
        self.events.append(event)
        match event["type"]:
            case "chunk":
                self.text += event["content"]
            case "thinking":
                self.thinking += event["content"]
            case "tool_call":
                assert event["index"] == len(self.calls)
                self.calls.append({"id": event["id"], "name": event["name"], "arguments": ""})
            case "tool_arguments":
                self.calls[event["index"]]["arguments"] += event["content"]
            case "restart":
                self.text, self.thinking, self.calls = "", "", []
            case "snapshot":
                self.text, self.thinking = event["content"], event.get("thinking", "")
                of_servers = [call for step in event.get("steps", []) for call in step["calls"]]
                self.calls = [*event.get("tool_calls", []), *of_servers]


async def frames(response: httpx2.Response) -> AsyncIterator[tuple[str, Event]]:
    """Yield each event with its ID as EventSource does (only LF and CR end a line)."""
    event_id, rest = "", b""
    async for chunk in response.aiter_bytes():
        *blocks, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in blocks:
            data = []
            for line in block.decode().split("\n"):
                name, _, value = line.partition(": ")
                if name == "id":
                    event_id = value
                elif name == "data":
                    data.append(value)
            if data:
                yield event_id, json.loads("\n".join(data))


async def read(
    source: httpx2.Response | AsyncIterator[tuple[str, Event]],
    transcript: Transcript | None = None,
    until: Callable[[Transcript], bool] = lambda _: False,
) -> Transcript:
    """Read until `until(transcript)` holds, the turn ends, or the stream closes.

    To continue reading the same stream later, pass the same `frames(response)` each time.
    """
    transcript = transcript or Transcript()
    async for event_id, event in frames(source) if isinstance(source, httpx2.Response) else source:
        transcript.take(event_id, event)
        if transcript.end or until(transcript):
            break
    return transcript


def has(text: str) -> Callable[[Transcript], bool]:
    """Make a condition: the reader sees exactly this text."""
    return lambda transcript: transcript.text == text
