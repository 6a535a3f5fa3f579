"""Reads and writes the recorded measurements, and computes their medians."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.scale.load import Figures
from bench.scale.process import Prices

FILE = Path(__file__).with_name("measured.json")
KINDS = ("model", "worker", "redis", "api", "web", "client")
DIGITS = 4


@dataclass(frozen=True)
class Spread:
    """The median, the least and the greatest value of all rounds."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Record:
    """What was measured. `loads`: rounds by scenario. `steps`: microseconds of Redis' command thread by step.

    `cluster`: figures of pub/sub by the number of nodes. `benchmark`: figures of bench/README.md by name.
    """

    about: dict[str, Any]
    loads: dict[str, list[dict[str, Any]]]
    steps: dict[str, float]
    cluster: dict[str, dict[str, float]]
    benchmark: dict[str, float]

    def spread(self, name: str, *path: str) -> Spread:
        """Returns a figure of a scenario: `spread("100 x 50", "cpu", "api")`."""
        values = [_at(figures, path) for figures in self.loads[name]]
        return Spread(median(values), min(values), max(values))

    def figures(self, name: str) -> Figures:
        """Returns the medians of a scenario."""
        return Figures(
            cpu={kind: self.spread(name, "cpu", kind).median for kind in KINDS},
            wakes={kind: self.spread(name, "wakes", kind).median for kind in KINDS if kind != "client"},
            tokens=self.spread(name, "tokens").median,
            events=self.spread(name, "events").median,
            turns=self.spread(name, "turns").median,
            latency_p50=self.spread(name, "latency_p50").median,
            latency_p95=self.spread(name, "latency_p95").median,
        )

    def shares(self, name: str) -> list[float]:
        """Returns the replies of each worker as the scenario's rounds had them on average, the busiest worker first."""
        rounds = [sorted(figures["replies"], reverse=True) for figures in self.loads[name]]
        return [sum(counts) / len(rounds) for counts in zip(*rounds, strict=True)]

    @property
    def known(self) -> dict[str, Prices]:
        """The prices of Redis' operations that were measured by themselves, in seconds."""
        append = "append, {} turns at a time".format
        one, many = self.steps[append(1)], self.steps[append(25)]
        read_by = f"{append(100)}, read by {{}} connections".format
        push = (self.steps[read_by(100)] - self.steps[read_by(1)]) / (1 - 1 / 100)
        prices = {
            "batches": (one - many) / (1 - 1 / 25) - self.steps["a round trip (PING)"],
            "pushes": push,
            "wakeups": push,
            "claims": self.steps["claim, none is due"],
        }
        return {"redis": {name: max(0.0, microseconds / 1e6) for name, microseconds in prices.items()}}


def _at(figures: Mapping[str, Any], path: Sequence[str]) -> float:
    found: Any = figures
    for name in path:
        found = found[name]
    return float(found)


def load(file: Path = FILE) -> Record:
    return Record(**json.loads(file.read_text()))


def save(record: Record, file: Path = FILE) -> None:
    """Writes one line for each round, so that differences are readable."""
    parts = [f'"{name}": {json.dumps(_rounded(getattr(record, name)))}' for name in ("about", "steps", "benchmark")]
    parts.append('"cluster": ' + _lines({name: json.dumps(_rounded(value)) for name, value in record.cluster.items()}))
    rounds = {
        name: "[\n  " + ",\n  ".join(json.dumps(_rounded(figures)) for figures in found) + "\n ]"
        for name, found in record.loads.items()
    }
    parts.append('"loads": ' + _lines(rounds))
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def _lines(entries: Mapping[str, str]) -> str:
    return "{\n " + ",\n ".join(f"{json.dumps(name)}: {text}" for name, text in entries.items()) + "\n}"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value
