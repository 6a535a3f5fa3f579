"""Merges many small deltas into few larger events. Pure."""

from chat.events import Chunk, Event, Thinking, ToolArguments, ToolCall
from worker.llm.delta import CallDelta, Delta

Kind = type[Chunk | Thinking] | int
"""Of a run of text, or the index of the call to which arguments belong."""


class Coalescer:
    """Gathers deltas until the next `take`. Adjacent deltas of one kind become one event; other events pass unchanged.

    Adjacent pieces of one call's arguments become one event, too.

    `size`: characters gathered since the last `take`. `taken`: pieces of text in everything taken so far.
    """

    def __init__(self) -> None:
        self.size = 0
        self.taken = 0
        self._runs: list[tuple[Kind, list[str]] | Event] = []

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
        elif item.calls:
            for call in item.calls:
                self._add_call(call)

    def _add_call(self, call: CallDelta) -> None:
        if call.id:
            self.size += len(call.id) + len(call.name)
            self._runs.append(_begun(call))
        if call.arguments:
            self._add(call.number, call.arguments)

    def _add(self, kind: Kind, text: str) -> None:
        self.size += len(text)
        last = self._runs[-1] if self._runs else None
        if isinstance(last, tuple) and (last[0] is kind or last[0] == kind):
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
                text = "".join(pieces)
                taken.append(ToolArguments(kind, text) if isinstance(kind, int) else kind(text))
            else:
                taken.append(run)
        return taken


def _begun(call: CallDelta) -> ToolCall:
    return ToolCall(
        index=call.number,
        id=call.id,
        name=call.name,
        extra_content=call.extra,
        server=call.server,
        title=call.title,
        server_title=call.server_title,
    )
