"""Pure: computes medians with minimum and maximum over the rounds, and checks the promised figures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from statistics import median
from typing import Any

from bench.figures import Figures


@dataclass(frozen=True)
class Value:
    """The median, minimum and maximum of a figure over all rounds."""

    median: float
    least: float
    most: float


Summary = dict[str, dict[str, dict[str, Value]]]
"""Values by scenario, target and name of the figure. `cpu_of.api` is the API's part of `cpu_of`."""


def summarize(rows: list[Figures]) -> Summary:
    gathered: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in rows:
        figures = gathered.setdefault(row["scenario"], {}).setdefault(row["target"], {})
        for name, value in numbers(row):
            figures.setdefault(name, []).append(value)
    return {
        scenario: {
            target: {name: Value(median(values), min(values), max(values)) for name, values in figures.items()}
            for target, figures in targets.items()
        }
        for scenario, targets in gathered.items()
    }


def numbers(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isnan(value):
            yield prefix + name, float(value)


@dataclass(frozen=True)
class Promise:
    """A promise that `figure` is at most `limit`. `figure` raises `KeyError` if its scenario was not run."""

    words: str
    figure: Callable[[Summary], float]
    limit: float


def of(scenario: str, name: str) -> Callable[[Summary], float]:
    """Returns Holdfast's figure."""
    return lambda summary: summary[scenario]["holdfast"][name].median


def ratio(scenario: str, name: str, peer: str) -> Callable[[Summary], float]:
    """Returns Holdfast's figure divided by the peer's."""
    return lambda summary: summary[scenario]["holdfast"][name].median / summary[scenario][peer][name].median


def throughput_ratio(scenario: str) -> Callable[[Summary], float]:
    """Returns the tokens per second of `limit` divided by Holdfast's: 1 means that Holdfast keeps up."""
    name = "tokens_per_second"
    return lambda summary: summary[scenario]["limit"][name].median / summary[scenario]["holdfast"][name].median


def per_event(scenario: str) -> Callable[[Summary], float]:
    """Returns the API's CPU time per event and follower, divided by the relay's CPU time per token."""
    return lambda summary: (
        summary["followers"]["holdfast"]["api_us_per_event"].median / summary[scenario]["relay"]["cpu"].median
    )


def api_ratio(scenario: str) -> Callable[[Summary], float]:
    """Returns the API's CPU time per token for Chat Completions, divided by that for its own events."""
    name = "cpu_of.api"
    return lambda summary: summary[scenario]["completions"][name].median / summary[scenario]["holdfast"][name].median


def bad_texts(summary: Summary) -> float:
    """Returns the replies that failed or were wrong, in the worst round of each scenario."""
    found = [targets[name] for targets in summary.values() for name in ("holdfast", "completions") if name in targets]
    return sum(figures["failed"].most + figures["wrong"].most for figures in found)


LATENCY_MS = 65
"""Under load the flush interval is up to 50 ms; 15 ms are for the rest of a token's path."""

PROMISES = (
    Promise("100x50: CPU per token, in parts of the relay's", ratio("100x50", "cpu", "relay"), 0.6),
    Promise("100x50: CPU per token, in parts of resumable-stream's", ratio("100x50", "cpu", "resumable-stream"), 0.75),
    Promise("500x20: CPU per token, in parts of the relay's", ratio("500x20", "cpu", "relay"), 0.7),
    Promise("flood: CPU per token, in parts of the relay's", ratio("flood", "cpu", "relay"), 0.1),
    Promise("100x50: the API's CPU for Chat Completions, in parts of its own events'", api_ratio("100x50"), 1.2),
    Promise("flood: the API's CPU for Chat Completions, in parts of its own events'", api_ratio("flood"), 1.2),
    Promise("100x50: latency p95, ms", of("100x50", "latency_p95"), LATENCY_MS),
    Promise(
        "500x20: latency p95, in parts of resumable-stream's", ratio("500x20", "latency_p95", "resumable-stream"), 1.0
    ),
    Promise("500x20: the limit's tokens a second, in parts of Holdfast's", throughput_ratio("500x20"), 1.02),
    Promise("one reader: latency p50, in parts of the relay's", ratio("one", "latency_p50", "relay"), 3),
    Promise("one reader: first token p50, in parts of the relay's", ratio("one", "first_token_p50", "relay"), 3),
    Promise("one reader: first token p95, in parts of the relay's", ratio("one", "first_token_p95", "relay"), 3),
    Promise("500x20: first token p95, in parts of the relay's", ratio("500x20", "first_token_p95", "relay"), 0.1),
    Promise("500 followers: CPU of worker and Valkey, in parts of 1 follower's", of("followers", "behind_ratio"), 1.1),
    Promise("500 followers: API per event and follower, in parts of a relay's token", per_event("100x50"), 0.15),
    Promise("2,000 idle streams: API, KB each", of("idle", "api_kb"), 60),
    Promise("all scenarios: texts that failed or were wrong", bad_texts, 0),
)


@dataclass(frozen=True)
class Verdict:
    """The result of a promise. `figure` is None if it was not measured."""

    promise: Promise
    figure: float | None

    @property
    def word(self) -> str:
        if self.figure is None:
            return "-"
        return "PASS" if self.figure <= self.promise.limit else "FAIL"


def judge(summary: Summary) -> list[Verdict]:
    return [Verdict(promise, _figure(promise, summary)) for promise in PROMISES]


def _figure(promise: Promise, summary: Summary) -> float | None:
    try:
        return promise.figure(summary)
    except (KeyError, ZeroDivisionError):
        return None
