"""Writes what all running turns have gathered: one round trip for many turns, and less often the more there is."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import structlog

from chat.event_log import LogWriter, TurnLog
from worker import metrics
from worker.output.coalescer import Out
from worker.output.flush_interval import FlushInterval

LOOK_SECONDS = 1.0
"""How often the stop flag of a silent turn is looked at, should the hint be lost."""

logger = structlog.get_logger(__name__)


class Source(Protocol):
    """A running turn, as the flusher sees it."""

    writer: LogWriter

    def take(self) -> Sequence[Out]: ...

    def written(self, events: Sequence[Out], stop: bool) -> None: ...

    def failed(self, failure: Exception) -> None: ...


class Flusher:
    """One task per worker process writes for all its turns; while it waits for an answer, more gathers.

    `pieces`: of text, that sources have had written and that are not counted yet.
    """

    def __init__(self, log: TurnLog) -> None:
        self.pieces = 0
        self._log = log
        self._pace = FlushInterval()
        self._joined: set[Source] = set()
        self._silent: set[Source] = set()
        self._due: dict[Source, None] = {}
        self._notified = asyncio.Event()
        self._urgent = asyncio.Event()

    def join(self, source: Source) -> None:
        self._joined.add(source)

    def leave(self, source: Source) -> None:
        """From here on nothing is taken from the source; what is on its way may still be written."""
        for sources in (self._joined, self._silent):
            sources.discard(source)
        self._due.pop(source, None)

    def notify(self, source: Source) -> None:
        """Write what the source has, or only look whether it is to be stopped."""
        self._pace.count()
        self._due[source] = None
        self._notified.set()

    def flush_now(self) -> None:
        """Write now."""
        self._urgent.set()

    async def run(self) -> None:
        """Write until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write())
            tasks.create_task(self._look())

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._notified.wait()
            self._notified.clear()
            self._urgent.clear()
            begun = loop.time()
            window = self._pace.window(begun)
            await self._flush()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(begun + window):
                    await self._urgent.wait()

    async def _look(self) -> None:
        while True:
            self._silent = set(self._joined)
            await asyncio.sleep(LOOK_SECONDS)
            for source in self._silent:
                self.notify(source)

    async def _flush(self) -> None:
        due, self._due = self._due, {}
        self._silent.difference_update(due)
        batch = list(_taken(due))
        metrics.DELTAS.inc(self.pieces)
        self.pieces = 0
        try:
            outcomes = await self._log.append([(source.writer, events) for source, events in batch])
        except Exception as error:  # whatever it is, no turn may wait for ever
            logger.error("flush_broke", error=type(error).__name__)
            outcomes = [error] * len(batch)
        for (source, events), outcome in zip(batch, outcomes, strict=True):
            _tell(source, events, outcome)


def _taken(sources: Iterable[Source]) -> Iterator[tuple[Source, Sequence[Out]]]:
    for source in sources:
        try:
            events = source.take()
        except Exception as error:  # it fails alone: one task writes for all
            source.failed(error)
        else:
            yield source, events


def _tell(source: Source, events: Sequence[Out], outcome: bool | Exception) -> None:
    if isinstance(outcome, Exception):
        return source.failed(outcome)
    try:
        source.written(events, outcome)
    except Exception as error:
        source.failed(error)
