"""Computes the fleet of the design for large sizes: shards with a queue each, in regions. Pure."""

from dataclasses import dataclass
from math import ceil

from bench.scale.limits import IDLE_CONNECTIONS, WORKER_CONNECTIONS, Today, log_kb
from bench.scale.plan import CLOSE, FIRST_REPLIES, PASSES, Capacity

REGION = 100_000
"""The most replies at once of one region."""

MOST_SIMULATED = 300
WORKER_MB, WORKER_KB = 85, 49
API_MB, API_KB = 75, 58
WEB_KB = 100
"""Of the web tier for each stream, measured with 50 and 300 streams."""

KEPT_SECONDS = 300
"""How long logs are kept where it matters: as long as a reader may be away and still get single events."""


@dataclass(frozen=True)
class Fleet:
    """The processes for `replies` replies at once, in all regions together."""

    replies: int
    regions: int
    shards: int
    workers: int
    apis: int
    web_cores: float
    process_gb: float
    redis_gb: float
    gigabits: float
    connections: float

    @property
    def cores(self) -> float:
        return self.workers + self.apis + 2 * self.shards + self.web_cores / 0.6


def fleet(capacity: Capacity, today: Today, replies: int) -> Fleet:
    """Sizes workers and APIs as today, and shards so that each Redis uses its share of a core."""
    regions = ceil(replies / REGION)
    here = replies / regions
    workers = ceil(here / capacity.replies_per_worker)
    streams = here * capacity.plan.readers
    apis = ceil(streams / capacity.streams_per_api(min(workers, MOST_SIMULATED)))
    of_shard = replies_per_shard(capacity, apis)
    shards = ceil(here / of_shard)
    turns = replies * capacity.plan.turns_per_reply
    processes_mb = regions * (workers * WORKER_MB + apis * API_MB)
    streams_kb = replies * (WORKER_KB + capacity.plan.readers * (API_KB + WEB_KB))
    return Fleet(
        replies=replies,
        regions=regions,
        shards=regions * shards,
        workers=regions * workers,
        apis=regions * apis,
        web_cores=replies * capacity.web_cores_per_reply,
        process_gb=processes_mb / 1e3 + streams_kb / 1e6,
        redis_gb=turns * KEPT_SECONDS * log_kb(capacity.plan.tokens) / 1e6,
        gigabits=today.reader_gigabits(replies),
        connections=WORKER_CONNECTIONS * workers / shards + IDLE_CONNECTIONS * apis,
    )


def replies_per_shard(capacity: Capacity, apis: int) -> int:
    """Returns the replies of one shard. Only its own workers write to it; any API of the region may read."""
    replies, found = FIRST_REPLIES, []
    for _ in range(PASSES):
        workers = max(1, round(replies / capacity.replies_per_worker))
        cores = sum(capacity.redis_cores(replies, workers, min(apis, MOST_SIMULATED)).values())
        found.append((abs(cores / capacity.plan.share - 1), replies))
        if found[-1][0] < CLOSE:
            break
        replies = max(1, round(replies * capacity.plan.share / cores))
    return min(found)[1]  # one worker more or less can make them swing
