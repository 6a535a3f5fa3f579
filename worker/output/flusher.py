"""Writes what all running turns have gathered: many turns in one round trip, less often under load."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import structlog

from chat.event_log import LogWriter, TurnLog
from chat.events import Event
from chat.store.errors import note
from worker import metrics
from worker.output.flush_interval import FlushInterval

LOOK_SECONDS = 1.0
"""How often the stop flag of a silent turn is read, because its stop message may be lost."""

logger = structlog.get_logger(__name__)


class Source(Protocol):
    """A running turn, as the flusher uses it."""

    writer: LogWriter

    def take(self) -> Sequence[Event]: ...

    def written(self, events: Sequence[Event], stop: bool) -> None: ...

    def failed(self, failure: Exception) -> None: ...


class Flusher:
    """Writes for all turns of a worker process in one task. Events gather while it waits for Redis.

    `pieces`: pieces of text taken from sources that the metrics do not count yet.
    """

    def __init__(self, log: TurnLog) -> None:
        self.pieces = 0
        self._log = log
        self._interval = FlushInterval()
        self._joined: set[Source] = set()
        self._silent: set[Source] = set()
        self._due: dict[Source, None] = {}
        self._notified = asyncio.Event()
        self._urgent = asyncio.Event()

    def join(self, source: Source) -> None:
        self._joined.add(source)

    def leave(self, source: Source) -> None:
        """Takes nothing more from the source. Events taken before may still be written."""
        for sources in (self._joined, self._silent):
            sources.discard(source)
        self._due.pop(source, None)

    def notify(self, source: Source) -> None:
        """Writes the source's events soon. Without events it only reads whether the turn is to be stopped."""
        self._interval.count()
        self._due[source] = None
        self._notified.set()

    def flush_now(self) -> None:
        """Starts the next write without waiting for the end of the interval."""
        self._urgent.set()

    async def run(self) -> None:
        """Writes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_loop())
            tasks.create_task(self._check_silent())

    async def _write_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._notified.wait()
            self._notified.clear()
            self._urgent.clear()
            started = loop.time()
            window = self._interval.window(started)
            await self._flush()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(started + window):
                    await self._urgent.wait()

    async def _check_silent(self) -> None:
        while True:
            self._silent = set(self._joined)
            await asyncio.sleep(LOOK_SECONDS)
            for source in self._silent:
                self.notify(source)

    async def _flush(self) -> None:
        due, self._due = self._due, {}
        self._silent.difference_update(due)
        batch = list(_take_each(due))
        metrics.DELTAS.inc(self.pieces)
        self.pieces = 0
        try:
            outcomes = await self._log.append([(source.writer, events) for source, events in batch])
        except Exception as error:  # each turn must get any error, otherwise it waits for ever
            logger.error("flush_broke", error=note(error))
            outcomes = [error] * len(batch)
        for (source, events), outcome in zip(batch, outcomes, strict=True):
            _report(source, events, outcome)


def _take_each(sources: Iterable[Source]) -> Iterator[tuple[Source, Sequence[Event]]]:
    for source in sources:
        try:
            events = source.take()
        except Exception as error:  # only this turn fails, because one task writes for all
            source.failed(error)
        else:
            yield source, events


def _report(source: Source, events: Sequence[Event], outcome: bool | Exception) -> None:
    if isinstance(outcome, Exception):
        return source.failed(outcome)
    try:
        source.written(events, outcome)
    except Exception as error:
        source.failed(error)
