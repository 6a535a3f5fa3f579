"""Computes how much of each part today's design needs, and at how many replies that part ends. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.scale.plan import Capacity
from bench.scale.record import Record
from bench.scale.simulation import PROBE_SECONDS
from bench.scale.worker import POLL_SECONDS

LEASE_SECONDS = 10
LOG_TTL = 3600
MAX_CLIENTS = 10_000
"""Connections that a Redis accepts unless `maxclients` says otherwise."""

API_CONNECTIONS, WORKER_CONNECTIONS = 90, 45
"""To one Redis, of one process under load: measured are about 140 for one of each, after 120 questions a second."""

IDLE_CONNECTIONS = 16
"""Of an API to a Redis that it rarely needs."""

GIGABIT = 1e9 / 8
SHARE = 0.6
SERVER_GB = 64
DISK = 200e6
"""Bytes per second that a disk for Redis' file is assumed to write."""

KEDA_WORKERS, WORKER_SLOTS = 50, 200
KEDA_APIS, STREAMS_PER_API = 20, 500
BYTES_OF = "80 x 20, 8 workers"
FRAME_BYTES = 100
"""Of each event on its way to a reader: TCP/IP and TLS, about."""

SWEEP_CALLS = 3
"""Calls per turn that use the list of open turns, which is one key: added, checked or removed."""


@dataclass(frozen=True)
class Demand:
    """What `replies` replies at once need of one part. It ends where `needed` reaches `limit`."""

    part: str
    unit: str
    needed: float
    limit: float

    @property
    def used(self) -> float:
        return self.needed / self.limit


@dataclass(frozen=True)
class Today:
    """Today's design: one queue, one store or a Cluster, and pub/sub that is not sharded."""

    capacity: Capacity
    record: Record
    speed: float

    def step(self, name: str) -> float:
        """Returns the seconds of Redis' command thread for one step."""
        return self.record.steps[name] * self.speed / 1e6

    def workers(self, replies: float) -> float:
        return max(1.0, replies / self.capacity.replies_per_worker)

    def apis(self, replies: float) -> float:
        """Returns the number of APIs, each of which has streams of replies of all workers."""
        workers = max(1, round(self.workers(replies)))
        return max(1.0, replies * self.capacity.plan.readers / self.capacity.streams_per_api(min(workers, 300)))

    def demands(self, replies: int) -> list[Demand]:
        workers, apis = self.workers(replies), self.apis(replies)
        return [*self._thread(replies, workers, apis), *self._rest(replies, workers, apis)]

    def _thread(self, replies: int, workers: float, apis: float) -> Iterator[Demand]:
        """Yields the demands on the command thread of a single Redis, in cores."""
        prices, plan = self.capacity.prices["redis"], self.capacity.plan
        turns, events = replies * plan.turns_per_reply, replies * self.capacity.events_per_reply
        batches = workers / self.capacity.window
        in_batch = events / batches
        pushes = batches * apis * (1 - (1 - 1 / apis) ** in_batch) if plan.readers else 0
        append = events * prices["entries"] + batches * prices["batches"] + pushes * prices["pushes"]
        yield Demand("events: appended and published", "cores", append, SHARE)
        yield Demand("turns: opened and closed", "cores", turns * prices["turns"], SHARE)
        woken = turns * workers * (prices["wakeups"] + prices["claims"])
        yield Demand("queue: every idle worker is woken and claims", "cores", woken, SHARE)
        own = self.step("queue a job") + self.step("claim a job") + self.step("finish a job")
        yield Demand("queue: jobs queued, claimed, finished", "cores", turns * own, SHARE)
        renewals = replies * self.step("renew a lease") * 3 / LEASE_SECONDS
        yield Demand("queue: leases renewed", "cores", renewals, SHARE)
        of_worker = prices["worker_seconds"] + prices["claims"] / POLL_SECONDS
        periodic = workers * of_worker + apis * prices["probes"] / PROBE_SECONDS
        yield Demand("what idle workers and APIs ask for", "cores", periodic, SHARE)
        listed = turns * SWEEP_CALLS * self.step("sweep, none is due")
        yield Demand("the list of open turns, one key", "cores", listed, SHARE)
        yield Demand("logs that expire", "cores", turns * self.step("expire a turn and its log"), SHARE)
        yield Demand("a Cluster's node: events of all other nodes", "cores", events * self.bus_seconds, SHARE)

    @property
    def bus_seconds(self) -> float:
        """Seconds of each node's command thread for an event that another node publishes."""
        most = max(self.record.cluster, key=int)
        return self.record.cluster[most]["PUBLISH, each other node"] * self.speed / 1e6

    @property
    def bus_bytes(self) -> float:
        most = max(self.record.cluster, key=int)
        return self.record.cluster[most]["PUBLISH, bytes to each other node"]

    def _rest(self, replies: int, workers: float, apis: float) -> Iterator[Demand]:
        plan, events = self.capacity.plan, replies * self.capacity.events_per_reply
        turns = replies * plan.turns_per_reply
        yield Demand("a Cluster's node: bytes on the bus", "Gbit/s", events * self.bus_bytes / GIGABIT, 10)
        yield Demand("memory of Redis: logs for an hour", "GB", turns * LOG_TTL * log_kb(plan.tokens) / 1e6, SERVER_GB)
        yield Demand("Redis' file", "MB/s", events * self._per_event("redis", "bytes_to_disk") / 1e6, DISK / 1e6)
        out = events * self._per_event("redis", "bytes_out") / GIGABIT
        yield Demand("network of one Redis", "Gbit/s", out, 10)
        yield Demand(
            "connections to one Redis",
            "connections",
            workers * WORKER_CONNECTIONS + apis * API_CONNECTIONS,
            MAX_CLIENTS,
        )
        yield Demand("`maxReplicaCount` of workers", "workers", replies / WORKER_SLOTS, KEDA_WORKERS)
        yield Demand("`maxReplicaCount` of APIs", "APIs", replies * plan.readers / STREAMS_PER_API, KEDA_APIS)
        yield Demand("network of the web tier", "Gbit/s", self.reader_gigabits(replies), 10)

    def reader_gigabits(self, replies: float) -> float:
        """Returns what all readers receive, in Gbit/s."""
        size = self._per_event("reader_bytes") + FRAME_BYTES
        return replies * self.capacity.plan.readers * self.capacity.events_per_reply * size / GIGABIT

    def _per_event(self, *figure: str) -> float:
        """Returns the bytes of an event, measured where nearly all bytes are those of events."""
        return self.record.spread(BYTES_OF, *figure).median / self.record.spread(BYTES_OF, "events").median


def log_kb(tokens: float) -> float:
    """Returns the kilobytes of an ended turn with its log, between the two lengths that bench/README.md measured."""
    return 15.9 + (tokens - 200) * (41.8 - 15.9) / 1800
