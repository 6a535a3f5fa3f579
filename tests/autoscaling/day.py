"""Runs a fleet and its autoscaler through a day, and counts what must not happen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import pi, sin
from typing import Any

from tests.autoscaling.fleet import Fleet, Scaled
from tests.autoscaling.hpa import SYNC_SECONDS, Autoscaler
from tests.autoscaling.promql import Recorded

STEP = 5
SCRAPE_SECONDS = 15
HOUR = 3600
REPLY_SECONDS = [9.0, 21.0, 37.0, 58.0, 110.0]
"""How long replies take, equally often: 47 s on average."""


@dataclass(frozen=True)
class Load:
    """A day, or its short form: `hours` long, with its parts at the same shares of it."""

    hours: float = 24.0
    peak: float = 30.0
    """Questions per second at noon."""

    burst: float = 4.0
    """The factor of a burst of five minutes, at 60 % of the day."""

    slow: float = 3.0
    """How much longer replies take during 4 % of the day, from 75 % on: the model is slow, the queue may be empty."""

    unscraped: bool = True
    """Whether Prometheus scrapes nothing during 1 % of the day, at noon."""

    def share(self, now: float) -> float:
        return now / (self.hours * HOUR)

    def bursts(self, now: float) -> bool:
        return 0 <= now - 0.6 * self.hours * HOUR < 300 and self.burst > 1

    def questions(self, now: float) -> float:
        """Returns questions per second: few at night, a rise, a dip, an evening, and waves of a few minutes."""
        day = self.share(now)
        curve = max(0.03, sin(pi * (day - 0.2) / 0.75)) * (1 - 0.25 * max(0.0, 1 - abs(day - 0.52) / 0.06))
        waves = 1 + 0.06 * sin(now / 97) + 0.04 * sin(now / 31)
        return self.peak * curve * waves * (self.burst if self.bursts(now) else 1)

    def takes(self, now: float) -> list[float]:
        return [seconds * (self.slow if self.is_slow(now) else 1.0) for seconds in REPLY_SECONDS]

    def is_slow(self, now: float) -> bool:
        return 0.75 <= self.share(now) < 0.79

    def is_scraped(self, now: float) -> bool:
        return not (self.unscraped and 0.5 <= self.share(now) < 0.51)


@dataclass
class Outcome:
    """What happened in a day. Times are seconds."""

    fleet: Scaled
    turns: int = 0
    overfull: int = 0
    """Removals after which the rest could not run what runs."""

    reversals: int = 0
    """Additions within ten minutes of a removal, without a burst."""

    changes: list[tuple[float, int]] = field(default_factory=list)
    longest_wait: float = 0.0
    short: float = 0.0
    """How long more turns were open than the workers that are ready or starting can run."""

    most: int = 0
    missing: float = 0.0
    """The share of decisions for which a metric had no value."""

    pod_hours: float = 0.0
    rows: list[tuple[float, int, int, int, int]] = field(default_factory=list)
    """Time, running, waiting, replicas, and pods that are still draining; once in a while."""


def live(
    spec: dict[str, Any], load: Load, drain_seconds: float, watch: Callable[[float, Recorded], None] | None = None
) -> Outcome:
    """Returns the outcome of a day with a ScaledObject. `watch` sees each evaluation."""
    fleet, recorded, scaler = Fleet(drain_seconds), Recorded(), Autoscaler(spec)
    outcome = Outcome(fleet)
    fleet.scale(int(spec["minReplicaCount"]), -3600.0)
    owed = 0.0
    for now in range(0, int(load.hours * HOUR), STEP):
        owed += load.questions(now) * STEP
        fleet.step(now, STEP, int(owed), load.takes(now))
        outcome.turns += int(owed)
        owed -= int(owed)
        if now % SCRAPE_SECONDS == 0 and load.is_scraped(now):
            recorded.add(now, fleet.scraped(now))
        if now % SYNC_SECONDS == 0:
            sync(scaler, recorded, now, load, outcome)
            if watch:
                watch(now, recorded)
        note(outcome, now, load, STEP)
    outcome.missing = scaler.missing / scaler.decisions
    return outcome


def sync(scaler: Autoscaler, recorded: Recorded, now: float, load: Load, outcome: Outcome) -> None:
    """Lets the autoscaler decide, and counts unsafe removals and reversals."""
    fleet = outcome.fleet
    before = fleet.replicas
    after = scaler.decide(recorded, now, before)
    if after < before and fleet.running + fleet.waiting > after * fleet.slots:
        outcome.overfull += 1
    if after > before and not load.bursts(now) and any(change < 0 and now - at < 600 for at, change in outcome.changes):
        outcome.reversals += 1
    if after != before:
        outcome.changes.append((now, after - before))
        fleet.scale(after, now)


def note(outcome: Outcome, now: float, load: Load, seconds: float) -> None:
    """Adds the last `seconds` to the totals."""
    fleet = outcome.fleet
    outcome.longest_wait = max(outcome.longest_wait, fleet.oldest(now))
    outcome.short += seconds * (fleet.running + fleet.waiting > fleet.replicas * fleet.slots)
    outcome.most = max(outcome.most, fleet.replicas)
    outcome.pod_hours += fleet.pods * seconds / HOUR
    if now % (load.hours * HOUR / 24) < seconds:
        draining = fleet.pods - fleet.replicas
        outcome.rows.append((now, fleet.running, fleet.waiting, fleet.replicas, draining))
