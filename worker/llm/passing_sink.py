"""A sink that hands everything on to another one, for sinks that change some of it."""

from collections.abc import Callable

from chat.events import Event
from worker.llm.delta import Delta
from worker.llm.going_on import Sink


class PassingSink:
    """Hands on what is added, and what is asked about it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    @property
    def on_begin(self) -> Callable[[], None]:
        return self._sink.on_begin

    @on_begin.setter
    def on_begin(self, call: Callable[[], None]) -> None:
        self._sink.on_begin = call

    @property
    def has_begun(self) -> bool:
        return self._sink.has_begun

    @property
    def is_full(self) -> bool:
        return self._sink.is_full

    async def room(self) -> None:
        await self._sink.room()

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        self._sink.track(position, at_once=at_once)

    def restart(self) -> None:
        self._sink.restart()

    def add(self, item: Delta | Event, /) -> None:
        self._sink.add(item)
