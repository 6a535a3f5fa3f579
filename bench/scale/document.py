"""Puts the tables into docs/scale.md, between two comments that name each."""

from collections.abc import Callable
from pathlib import Path

from bench.processes import ROOT
from bench.scale import tables
from bench.scale.report import Report
from bench.scale.scenarios import SCENARIOS

FILE = ROOT / "docs" / "scale.md"

TABLES: dict[str, Callable[[Report], str]] = {
    "checks": lambda report: tables.checks(report.checks, SCENARIOS),
    "benchmark": lambda report: tables.benchmark(report.speed),
    "prices": lambda report: tables.prices(report.prices, report.speed.factor),
    "steps": lambda report: tables.steps(report.record),
    "cluster": lambda report: tables.cluster(report.record),
    "demands": lambda report: tables.demands(report.demands),
    "fleets": lambda report: tables.fleets(report.fleets),
    "sensitivity": lambda report: tables.sensitivity(report.variants),
}


def between(name: str, text: str) -> tuple[str, str, str]:
    """Splits a document at one of its tables: what is before, the table, and what is after."""
    before, begin, rest = text.partition(f"<!-- table: {name} -->\n")
    found, end, after = rest.partition("\n<!-- end -->")
    if not begin or not end or "<!--" in found:
        raise ValueError(f"the document has no place for the table {name}")
    return before + begin, found, end + after


def write(report: Report, file: Path = FILE) -> None:
    text = file.read_text("utf-8")
    for name, make in TABLES.items():
        before, _, after = between(name, text)
        text = before + make(report) + after
    file.write_text(text, "utf-8")
