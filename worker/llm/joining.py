"""Joins the answers of models that are asked to go on with a reply, because they continue none by its prefix."""

from chat.events import Event
from worker.llm.delta import Delta
from worker.llm.going_on import Ask, Sink
from worker.llm.overlap import Overlap
from worker.llm.passing_sink import PassingSink

BETWEEN_THOUGHTS = "\n\n"


class JoiningSink(PassingSink):
    """Takes the deltas of an answer, and hands on what they add to the text."""

    def __init__(self, sink: Sink, text: str, *, has_thought: bool) -> None:
        super().__init__(sink)
        self._text = text
        self._has_thought = has_thought
        self._overlap = Overlap(text)

    def add(self, item: Delta | Event, /) -> None:
        if isinstance(item, Delta):
            self._add(item.content, item.thinking)
            if item.calls:
                self._sink.add(Delta(calls=item.calls))
            return
        self._overlap = Overlap(self._text)  # another request follows, because this one gave no text
        self._sink.add(item)

    def _add(self, content: str, thinking: str) -> None:
        if content and not self._overlap.is_over:
            content = self._overlap.take(content)
        if thinking and self._has_thought:
            thinking, self._has_thought = BETWEEN_THOUGHTS + thinking, False
        if content or thinking:
            self._sink.add(Delta(content, thinking))

    def finish(self) -> None:
        """Hands on what was held back. The answer has ended."""
        self._add(self._overlap.finish(), "")


def join(ask: Ask, text: str, *, has_thought: bool) -> Ask:
    """Returns an `Ask` that hands on what the answer of another one adds to the text."""

    async def joined(sink: Sink) -> Delta:
        joining = JoiningSink(sink, text, has_thought=has_thought)
        last = await ask(joining)
        joining.finish()
        return last

    return joined
