"""Renders `/metrics`: this process' own metrics, and the current values that all processes share."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily

from api.health.metrics import Metrics
from api.health.readiness import Checks, Readiness, in_time
from chat.circuits import Circuits, State
from chat.open_turns import OpenTurns
from chat.queue import Queue, Waiting

CIRCUIT_STATES: dict[State, int] = {"closed": 0, "half_open": 1, "open": 2}


class Scrape:
    """Collects the metrics of one request. While Redis is unreachable, its values are left out instead of stale."""

    def __init__(
        self,
        metrics: Metrics,
        readiness: Readiness,
        queue: Queue,
        open_turns: OpenTurns,
        circuits: Circuits,
        providers: Sequence[str],
    ) -> None:
        self._registry = metrics.registry
        self._readiness = readiness
        self._queue = queue
        self._open_turns = open_turns
        self._circuits = circuits
        self._providers = providers

    async def text(self) -> bytes:
        """Returns the metrics in Prometheus' text format."""
        checks, waiting, open_turns, circuits = await asyncio.gather(
            self._readiness.checks(),
            in_time(self._queue.waiting()),
            in_time(self._open_turns.count()),
            in_time(self._circuits.states(self._providers)),
        )
        shared = _SharedFigures(checks, waiting, open_turns, circuits or {})
        return generate_latest(self._registry) + generate_latest(shared)


class _SharedFigures:
    """Collector of the shared values of one scrape, for prometheus_client."""

    def __init__(
        self, checks: Checks, waiting: Waiting | None, open_turns: int | None, circuits: Mapping[str, State]
    ) -> None:
        self._checks = checks
        self._waiting = waiting
        self._open_turns = open_turns
        self._states = circuits

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready = GaugeMetricFamily("holdfast_ready", "Whether a check of /health/ready passes", labels=["check"])
        for name, passed in self._checks.passed.items():
            ready.add_metric([name], passed)
        yield ready
        yield from self._memory()
        yield self._circuits()
        for name, text, value in self._gauges():
            yield GaugeMetricFamily(f"holdfast_{name}", text, value)

    def _circuits(self) -> GaugeMetricFamily:
        text = "Whether a provider is left out after failures: 0 no, 1 a trial may ask it, 2 yes"
        found = GaugeMetricFamily("holdfast_provider_circuit", text, labels=["provider"])
        for provider, state in self._states.items():
            found.add_metric([provider], CIRCUIT_STATES[state])
        return found

    def _memory(self) -> Iterator[GaugeMetricFamily]:
        """Yields the memory of each store that reports it."""
        used = GaugeMetricFamily(
            "holdfast_store_memory_bytes", "Memory of a store that counts towards its limit", labels=["store"]
        )
        limit = GaugeMetricFamily("holdfast_store_max_memory_bytes", "Its maxmemory, 0 = none", labels=["store"])
        for name, memory in self._checks.memory.items():
            used.add_metric([name], memory.used)
            limit.add_metric([name], memory.limit)
        yield from (used, limit)

    def _gauges(self) -> Iterator[tuple[str, str, float]]:
        if self._open_turns is not None:
            yield "turns_open", "Turns that are queued or running, or have just ended", self._open_turns
        if waiting := self._waiting:
            yield "queue_depth", "Jobs waiting for a worker", waiting.jobs
            yield (
                "queue_oldest_seconds",
                "How long the oldest job waiting for a worker has waited",
                waiting.seconds,
            )
        if workers := self._checks.workers:
            yield "workers", "Workers with a recent heartbeat", workers.count
            text = "Age of the oldest last heartbeat among the workers"
            yield "workers_oldest_heartbeat_seconds", text, workers.silent_seconds
