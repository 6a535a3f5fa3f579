"""What Prometheus is told."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from api.feed import Feed
from chat.queue import Queue


class Metrics:
    """The API's own figures; one registry per application."""

    def __init__(self, feed: Feed, queue: Queue) -> None:
        self._queue = queue
        self._registry = CollectorRegistry()
        self.turns_opened = Counter("holdfast_turns_opened", "Turns accepted here", registry=self._registry)
        streams = Gauge("holdfast_open_streams", "Readers that follow a turn here", registry=self._registry)
        streams.set_function(lambda: feed.streams)
        self.limits_hit = Counter(
            "holdfast_limits_hit", "Requests refused by a limit", ["limit"], registry=self._registry
        )
        self._depth = Gauge("holdfast_queue_depth", "Turns waiting for a worker", registry=self._registry)
        oldest = "Seconds that the first of the turns waiting for a worker has waited"
        self._oldest = Gauge("holdfast_queue_oldest_seconds", oldest, registry=self._registry)
        self._workers = Gauge("holdfast_workers", "Workers heard of lately", registry=self._registry)

    async def scrape(self) -> bytes:
        """The figures in Prometheus' text format."""
        waiting = await self._queue.waiting()
        self._depth.set(waiting.jobs)
        self._oldest.set(waiting.seconds)
        self._workers.set(await self._queue.workers())
        return generate_latest(self._registry)
