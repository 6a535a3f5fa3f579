"""Separates thinking that a server leaves in the text, between tags at its beginning.

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

MOST_HELD = 65_536
"""Characters. Beyond them nothing is held back any more."""

State = Literal["beginning", "inside", "after", "text"]


class Split(NamedTuple):
    content: str
    thinking: str


class ThinkTags:
    """Splits content into thinking and text. After the beginning of a reply, tags are ordinary text.

    Holds back only what may be the beginning of a tag. Some servers send thinking in a separate field as well. Then the
    text between tags is a repetition, and tags are dropped.
    """

    def __init__(self, state: State = "beginning") -> None:
        self.state = state
        self._held = ""
        self._closing = ""
        self._has_thought = False
        self._field_thinking = ""

    @property
    def is_plain(self) -> bool:
        """Whether all further content is text."""
        return self.state == "text"

    def other_thinking(self, thinking: str) -> None:
        """Records thinking of a separate field. It closes a tag that was opened before and is empty so far."""
        if not self.is_plain:
            self._field_thinking += thinking
        if self.state == "inside" and not self._has_thought and not self._held.strip():
            self.state, self._held = "after", ""

    def split(self, content: str) -> Split:
        """Returns what is certain of the content so far."""
        self._held += content
        thinking = ""
        while True:
            before = self.state
            if self.state == "inside":
                thinking += self._inside()
            elif self.state in ("beginning", "after"):
                self._look_for_tag()
            if self.state == before:
                break
        return Split(self._take() if self.is_plain else "", thinking)

    def finish(self) -> Split:
        """Returns what was held back, because nothing more comes."""
        inside, rest = self.state == "inside", self._take()
        if inside:
            return Split("", "" if self._repeats(rest) else rest)
        return Split("" if self.state == "after" else rest, "")

    def _take(self) -> str:
        held, self._held = self._held, ""
        return held

    def _look_for_tag(self) -> None:
        stripped = self._held.lstrip()
        if not stripped:
            self.state = "text" if len(self._held) > MOST_HELD else self.state
            return
        start = stripped.casefold()
        known = (*TAGS, *TAGS.values()) if self._field_thinking else tuple(TAGS)
        tag = next((tag for tag in known if start.startswith(tag)), None)
        if tag in TAGS:
            self.state, self._closing, self._has_thought = "inside", TAGS[tag], False
            self._held = stripped[len(tag) :]
        elif tag:
            self.state, self._held = "after", stripped[len(tag) :]
        elif not any(tag.startswith(start) for tag in known):
            self._held = stripped if self.state == "after" else self._held
            self.state = "text"

    def _inside(self) -> str:
        """Takes what is certain to be thinking, without the white space around the whole of it."""
        if not self._has_thought:
            self._held = self._held.lstrip()
        index = self._held.casefold().find(self._closing)
        if index >= 0:
            thinking, self._held = self._held[:index].rstrip(), self._held[index + len(self._closing) :]
            self.state = "after"
            return "" if self._repeats(thinking) else thinking
        certain = len(self._held[: len(self._held) - _overlap(self._held, self._closing)].rstrip())
        if self._field_thinking and certain < MOST_HELD and self._repeats(self._held[:certain]):
            return ""  # all of it may be a repetition, which the closing tag will show
        thinking, self._held = self._held[:certain], self._held[certain:]
        self._has_thought = self._has_thought or bool(thinking)
        return thinking

    def _repeats(self, thinking: str) -> bool:
        """Returns whether the separate field contains the same thinking."""
        return thinking.strip() in self._field_thinking


def _overlap(text: str, tag: str) -> int:
    """Returns how many characters at the end of the text may be the beginning of the tag."""
    end = text[-len(tag) :].casefold()
    return next((size for size in range(min(len(end), len(tag) - 1), 0, -1) if end.endswith(tag[:size])), 0)
