"""Pure: computes from a reader's events the text that it saw, and when the text of each token was complete."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Pieces, payloads

Event = dict[str, Any]


@dataclass
class Story:
    """The text that one reader saw. `arrivals` are pairs of a time and the number of characters received by then."""

    parts: list[str] = field(default_factory=list)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    events: int = 0
    characters: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def say(self, came: float, text: str) -> None:
        if text:
            self.parts.append(text)
            self.characters += len(text)
            self.events += 1
            self.arrivals.append((came, self.characters))

    def forget(self) -> None:
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


Take = Callable[[Story, float, Event], None]


def take_completion(story: Story, came: float, event: Event) -> None:
    """Reads a frame of the Chat Completions protocol."""
    for choice in event.get("choices") or ():
        story.say(came, choice["delta"].get("content") or "")


def take_content(story: Story, came: float, event: Event) -> None:
    """Reads a frame of the relay: `{"content": …}`."""
    story.say(came, event.get("content", ""))


def take_turn(story: Story, came: float, event: Event) -> None:
    """Reads an event of Holdfast."""
    if event["type"] in ("restart", "snapshot"):
        story.forget()
    if event["type"] in ("chunk", "snapshot"):
        story.say(came, event["content"])


def told(pieces: Pieces, take: Take) -> Story:
    """Returns the story of a response. `take` reads each event."""
    story = Story()
    for came, payload in payloads(pieces):
        if payload != b"[DONE]":
            take(story, came, json.loads(payload))
    return story
