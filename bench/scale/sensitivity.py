"""Computes how the figures change with the plan. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.scale.fleets import replies_per_shard
from bench.scale.plan import Capacity, Plan
from bench.scale.worker import Habit

PLANS: dict[str, Plan] = {
    "as planned: 30 tokens a second, 400 tokens, 1 reader": Plan(),
    "10 tokens a second": Plan(rate=10),
    "20 tokens a second": Plan(rate=20),
    "50 tokens a second": Plan(rate=50),
    "100 tokens a second": Plan(rate=100),
    "replies of 100 tokens": Plan(tokens=100),
    "replies of 2,000 tokens": Plan(tokens=2000),
    "2 readers": Plan(readers=2),
    "10 readers": Plan(readers=10),
    "first and last words written alone": Plan(habit=Habit(alone=True)),
    "the same, every 100 ms": Plan(habit=Habit(0.1, alone=True)),
}
APIS = 20
WORKERS = 25


@dataclass(frozen=True)
class Variant:
    """What one process of each kind can serve under a plan."""

    name: str
    events: float
    worker: float
    api: float
    redis: float
    turns: float


def variants(capacity: Capacity) -> Iterator[Variant]:
    for name, plan in PLANS.items():
        changed = replace(capacity, plan=plan)
        yield Variant(
            name,
            changed.events_per_reply,
            changed.replies_per_worker,
            changed.streams_per_api(WORKERS),
            replies_per_shard(changed, APIS),
            10_000 * plan.turns_per_reply,
        )
