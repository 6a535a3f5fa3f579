# ruff: noqa: T201 - a report on standard output
"""Prints a simulated day of the triggers in deploy/k8s/autoscaling.yaml, and of those that only look at the queue."""

import sys

from tests.autoscaling.day import HOUR, Load, Outcome, live
from tests.autoscaling.specs import DRAIN_SECONDS, QUEUE_ONLY, worker


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
    ]


if __name__ == "__main__":
    sys.exit(main())
