# ruff: noqa: T201 - a report on standard output
"""Prints a simulated day of the triggers in deploy/k8s/autoscaling.yaml, and of those that only look at the queue.

With `--real` the day is one of real processes, which takes twelve minutes.
"""

import argparse
import asyncio
import sys

from tests.autoscaling.day import HOUR, Load, Outcome, live
from tests.autoscaling.recorded import FACTOR, live_recorded
from tests.autoscaling.specs import DRAIN_SECONDS, QUEUE_ONLY, worker

MISSING = 0.05
"""The largest share of decisions without a value. Prometheus scrapes nothing during 1 % of the day."""


def main() -> int:
    """Returns 1 if a promise does not hold."""
    load = Load()
    outcome = live(worker(), load, DRAIN_SECONDS)
    table(outcome)
    print("\nThe same day:\n\n| | triggers of deploy/k8s | queue only, drain of 60 s |\n|---|---|---|")
    before = live(QUEUE_ONLY, load, 60)
    for (name, value), (_, old) in zip(figures(outcome), figures(before), strict=True):
        print(f"| {name} | {value} | {old} |")
    return bool(outcome.overfull or outcome.fleet.restarted or outcome.reversals)


def real(minutes: float) -> int:
    """As `main`, of real processes: the longest wait is in seconds of the clock, other times are those of the day."""
    load = Load(hours=minutes * 60 * FACTOR / HOUR, peak=8, burst=2)
    outcome = asyncio.run(live_recorded(load))
    table(outcome)
    print("\n| | |\n|---|---|")
    for name, value in figures(outcome):
        print(f"| {name} | {value} |")
    has_scaled = {change > 0 for _, change in outcome.changes} == {True, False}
    return bool(outcome.overfull or outcome.fleet.restarted or outcome.missing > MISSING or not has_scaled)


def table(outcome: Outcome) -> None:
    print("| hour | replies running | waiting | workers | draining |\n|---|---|---|---|---|")
    for now, running, waiting, replicas, draining in outcome.rows:
        print(f"| {now / HOUR:.0f} | {running} | {waiting} | {replicas} | {draining} |")


def figures(outcome: Outcome) -> list[tuple[str, str]]:
    return [
        ("questions", f"{outcome.turns:,}"),
        ("removals of workers", f"{sum(change < 0 for _, change in outcome.changes)}"),
        ("of these: the rest could not run what ran", f"{outcome.overfull}"),
        ("replies that a removed worker could not finish", f"{outcome.fleet.restarted:,}"),
        ("workers added within 10 min of a removal", f"{outcome.reversals}"),
        ("time with more open turns than workers were asked for", f"{outcome.short:.0f} s"),
        ("longest wait of a question", f"{outcome.longest_wait:.0f} s"),
        ("most workers", f"{outcome.most}"),
        ("pod hours", f"{outcome.pod_hours:.0f}"),
        ("decisions without a value of a metric", f"{outcome.missing:.1%}"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.autoscaling")
    parser.add_argument("--real", action="store_true", help="run real processes")
    parser.add_argument("--minutes", type=float, default=12.0, help="how long a real day takes")
    given = parser.parse_args()
    sys.exit(real(given.minutes) if given.real else main())
