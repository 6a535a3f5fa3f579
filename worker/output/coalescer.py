"""Merges many small deltas into few larger events. Pure."""

from chat.events import Chunk, Event, Thinking
from worker.llm.delta import Delta


class Coalescer:
    """Gathers deltas until the next `take`. Adjacent deltas of one kind become one event; other events pass unchanged.

    `size`: characters gathered since the last `take`. `taken`: pieces of text in everything taken so far.
    """

    def __init__(self) -> None:
        self.size = 0
        self.taken = 0
        self._runs: list[tuple[type[Chunk | Thinking], list[str]] | Event] = []

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, item: Delta | Event) -> None:
        if not isinstance(item, Delta):
            self._runs.append(item)
            return
        if item.thinking:
            self._add(Thinking, item.thinking)
        if item.content:
            self._add(Chunk, item.content)

    def _add(self, kind: type[Chunk | Thinking], text: str) -> None:
        self.size += len(text)
        last = self._runs[-1] if self._runs else None
        if isinstance(last, tuple) and last[0] is kind:
            last[1].append(text)
        else:
            self._runs.append((kind, [text]))

    def take(self) -> list[Event]:
        """Removes and returns what was gathered, as events in order."""
        runs, self._runs, self.size = self._runs, [], 0
        taken: list[Event] = []
        for run in runs:
            if isinstance(run, tuple):
                kind, pieces = run
                self.taken += len(pieces)
                taken.append(kind("".join(pieces)))
            else:
                taken.append(run)
        return taken
