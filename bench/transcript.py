"""Pure: computes from a reader's events the text that it saw, and when the text of each token was complete."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Pieces, payloads

Event = dict[str, Any]


@dataclass
class Transcript:
    """The text that one reader saw. `arrivals` are pairs of a time and the number of characters received by then."""

    parts: list[str] = field(default_factory=list)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    events: int = 0
    characters: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def append(self, came: float, text: str) -> None:
        if text:
            self.parts.append(text)
            self.characters += len(text)
            self.events += 1
            self.arrivals.append((came, self.characters))

    def clear(self) -> None:
        self.parts, self.arrivals, self.characters = [], [], 0

    def times(self, tokens: Sequence[str]) -> Iterator[float]:
        """Yields the time at which the last character of each token arrived. The text must be complete."""
        arrivals = iter(self.arrivals)
        came, there, end = 0.0, 0, 0
        for token in tokens:
            end += len(token)
            while there < end:
                came, there = next(arrivals)
            yield came


Take = Callable[[Transcript, float, Event], None]


def take_completion(transcript: Transcript, came: float, event: Event) -> None:
    """Reads a frame of the Chat Completions protocol."""
    for choice in event.get("choices") or ():
        transcript.append(came, choice["delta"].get("content") or "")


def take_content(transcript: Transcript, came: float, event: Event) -> None:
    """Reads a frame of the relay: `{"content": …}`."""
    transcript.append(came, event.get("content", ""))


def take_turn(transcript: Transcript, came: float, event: Event) -> None:
    """Reads an event of Holdfast."""
    if event["type"] in ("restart", "snapshot"):
        transcript.clear()
    if event["type"] in ("chunk", "snapshot"):
        transcript.append(came, event["content"])


def parse_response(pieces: Pieces, take: Take) -> Transcript:
    """Returns the transcript of a response. `take` reads each event."""
    transcript = Transcript()
    for came, payload in payloads(pieces):
        if payload != b"[DONE]":
            take(transcript, came, json.loads(payload))
    return transcript
