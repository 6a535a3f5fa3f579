"""Thinking that a server leaves in the text, between tags at its beginning.

Ollama, llama.cpp, LM Studio and vLLM without a reasoning parser pass on what the model writes: `<think>plan</think>Hi`.
"""

from typing import Literal, NamedTuple

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<thoughts>": "</thoughts>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "◁think▷": "◁/think▷",
    "[think]": "[/think]",
}
"""Compared without case. Kimi's models write ◁think▷, ByteDance's Seed <seed:think>, Mistral's [THINK]."""

_STARTS = tuple({tag[0] for tag in TAGS})


class Split(NamedTuple):
    content: str
    thinking: str


class ThinkTags:
    """Splits content into thinking and text. Beyond the beginning of a reply, tags are text like any other.

    Only what may be the beginning of a tag is held back.
    """

    def __init__(self) -> None:
        self.state: Literal["beginning", "inside", "after", "text"] = "beginning"
        self._held = ""
        self._closing = ""
        self._has_thought = False

    @property
    def is_plain(self) -> bool:
        """Whether all further content is text."""
        return self.state == "text"

    def split(self, content: str) -> Split:
        self._held += content
        thinking = ""
        while True:
            before = self.state
            if self.state == "inside":
                thinking += self._inside()
            elif self.state in ("beginning", "after"):
                self._look_for_opening()
            if self.state == before:
                break
        return Split(self._take() if self.is_plain else "", thinking)

    def finish(self) -> Split:
        """What was held back, now that nothing more comes."""
        inside, rest = self.state == "inside", self._take()
        if inside:
            return Split("", rest)
        return Split("" if self.state == "after" else rest, "")

    def _take(self) -> str:
        held, self._held = self._held, ""
        return held

    def _look_for_opening(self) -> None:
        stripped = self._held.lstrip()
        if not stripped:
            return
        start = stripped.casefold()
        opening = next((tag for tag in TAGS if start.startswith(tag)), None)
        if opening:
            self.state, self._closing, self._has_thought = "inside", TAGS[opening], False
            self._held = stripped[len(opening) :]
        elif not any(tag.startswith(start) for tag in TAGS):
            self._held = stripped if self.state == "after" else self._held
            self.state = "text"

    def _inside(self) -> str:
        """Take what is thinking for sure, without the white space around all of it."""
        if not self._has_thought:
            self._held = self._held.lstrip()
        place = self._held.casefold().find(self._closing)
        if place >= 0:
            thinking, self._held = self._held[:place].rstrip(), self._held[place + len(self._closing) :]
            self.state = "after"
            return thinking
        sure = len(self._held[: len(self._held) - _overlap(self._held, self._closing)].rstrip())
        thinking, self._held = self._held[:sure], self._held[sure:]
        self._has_thought = self._has_thought or bool(thinking)
        return thinking


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    end = text[-len(tag) :].casefold()
    return next((size for size in range(min(len(end), len(tag) - 1), 0, -1) if end.endswith(tag[:size])), 0)
