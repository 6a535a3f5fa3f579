"""Writes the results: a line per measurement, then tables in Markdown, JSON and plots."""

import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import plots
from bench.figures import Figures
from bench.scenarios import SCENARIOS
from bench.summary import Summary, Value, judge, summarize

COLUMNS = {
    "latency_p50": "latency p50",
    "latency_p95": "p95",
    "latency_p99": "p99",
    "first_token_p50": "first token p50",
    "first_token_p95": "p95",
    "tokens_per_second": "tokens/s",
    "cpu": "CPU µs/token",
    "cpu_steady": "of it steady",
    "stream_kb": "KB/stream",
}
NOT_IN_LINE = {"scenario", "round", "target", "replies", "failed", "wrong", "errors", "tokens", "cpu_seconds"} | {
    "tokens_per_event",
    "latency_p99",
    "first_token_p99",
    "seconds",
    "model_load",
    "client_load",
    "stream_kb_of",
}
NOT_IN_TABLE = ("round", "replies", "failed", "wrong", "tokens", "seconds", "model_load", "client_load", "other_load")


def line(row: Figures) -> str:
    """Formats one measurement as a line."""
    bad = [f"{name} {row[name]} {row['errors']}" for name in ("failed", "wrong") if row[name]]
    figures = [f"{key} {short(value)}" for key, value in row.items() if key not in NOT_IN_LINE]
    return f"{row['scenario']:<9} {row['round']}  {row['target']:<17} {'  '.join(bad + figures)}"


def short(value: Any) -> str:
    """Formats a value with three digits and grouped thousands."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} {short(inner)}" for key, inner in value.items()) + "}"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def with_spread(value: Value | None) -> str:
    """Formats a median with its minimum and maximum."""
    if value is None:
        return ""
    if short(value.least) == short(value.most):
        return short(value.median)
    return f"{short(value.median)} ({short(value.least)}–{short(value.most)})"


def markdown(rows: list[Figures]) -> str:
    summary = summarize(rows)
    parts = [machine(rows), promises(summary)]
    for name, targets in summary.items():
        parts.append(f"### {SCENARIOS[name].title} (`{name}`)\n")
        parts.append(side_by_side(targets) if len(targets) > 1 else one_target(targets))
    return "\n".join(parts)


def machine(rows: list[Figures]) -> str:
    rounds = max(row["round"] for row in rows)
    noise = [row["other_load"] for row in rows if "other_load" in row]
    used = f", other programs used at most {max(noise):.2f} of a core" if noise else ""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; medians of up to {rounds} rounds (least–most){used}.\n"
    )


def promises(summary: Summary) -> str:
    rows = []
    for verdict in judge(summary):
        measured = "" if verdict.figure is None else short(verdict.figure)
        rows.append([verdict.promise.words, measured, short(verdict.promise.limit), verdict.word])
    return table(["promised", "measured", "at most", ""], rows)


def side_by_side(targets: dict[str, dict[str, Value]]) -> str:
    """Returns a table with one row per target. Times are in milliseconds."""
    rows = []
    for name, figures in targets.items():
        bad = figures["failed"].most + figures["wrong"].most
        rows.append([name, *(with_spread(figures.get(column)) for column in COLUMNS), f"{bad:.0f}"])
    return table(["", *COLUMNS.values(), "bad texts"], rows)


def one_target(targets: dict[str, dict[str, Value]]) -> str:
    ((name, figures),) = targets.items()
    rows = [[key, with_spread(value)] for key, value in figures.items() if key not in NOT_IN_TABLE]
    return table([name, ""], rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def write(rows: list[Figures], folder: Path) -> int:
    """Prints the results and stores them in `folder`. Returns 1 if a promise does not hold."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = summarize(rows)
    text = markdown(rows)
    sys.stdout.write(f"\n{text}\n")
    (folder / "results.md").write_text(text, "utf-8")
    medians = {
        scenario: {
            target: {key: asdict(value) for key, value in figures.items()} for target, figures in targets.items()
        }
        for scenario, targets in summary.items()
    }
    verdicts = [{"promise": v.promise.words, "figure": v.figure, "limit": v.promise.limit} for v in judge(summary)]
    results = {"promises": verdicts, "medians": medians, "rounds": rows}
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    plots.draw(summary, folder)
    sys.stdout.write(f"Kept in {folder}: results.md, results.json, {', '.join(plots.NAMES)}\n")
    return int(any(verdict.word == "FAIL" for verdict in judge(summary)))
