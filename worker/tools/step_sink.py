"""Takes one answer of the model to a request of a reply that may have several, and names the servers of its calls."""

from collections.abc import Mapping
from typing import Protocol

from chat.events import Event
from worker.llm import going_on
from worker.llm.delta import CallDelta, Delta
from worker.llm.passing_sink import PassingSink
from worker.tools.calls import Tool

BETWEEN = "\n\n"
"""Between the texts, and between the thoughts, of two requests."""


class Sink(going_on.Sink, Protocol):
    """Takes what a reply with several requests adds."""

    @property
    def has_text(self) -> bool:
        """Whether the reply has text so far."""

    @property
    def has_thoughts(self) -> bool:
        """Whether the reply has thinking so far."""


class StepSink(PassingSink):
    """Hands on the deltas of one answer. `calls`: how many calls it has made. `first`: index of the first one."""

    def __init__(self, sink: Sink, tools: Mapping[str, Tool], first: int) -> None:
        super().__init__(sink)
        self.calls = 0
        self._tools = tools
        self._first = first
        self._needs_space, self._needs_space_between_thoughts = first > 0 and sink.has_text, sink.has_thoughts

    def restart(self) -> None:
        self.calls = 0
        super().restart()

    def add(self, item: Delta | Event, /) -> None:
        if not isinstance(item, Delta):
            return self._sink.add(item)
        if item.calls:
            item = item._replace(calls=tuple(self._named(call) for call in item.calls))
        self._sink.add(self._spaced(item))

    def _named(self, call: CallDelta) -> CallDelta:
        if not call.id:
            return call._replace(number=call.number + self._first)
        self.calls += 1
        tool = self._tools.get(call.name)
        named = call._replace(number=call.number + self._first, server=tool.server if tool else "")
        if tool is None:
            return named
        return named._replace(name=tool.name, title=tool.title, server_title=tool.server_title)

    def _spaced(self, item: Delta) -> Delta:
        """Returns the delta with an empty line before it, if it is the first of a later request."""
        if self._needs_space and item.content:
            item, self._needs_space = item._replace(content=BETWEEN + item.content), False
        if self._needs_space_between_thoughts and item.thinking:
            item, self._needs_space_between_thoughts = item._replace(thinking=BETWEEN + item.thinking), False
        return item
