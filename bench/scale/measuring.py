"""Measures all scenarios and steps, and records them."""

import contextlib
import os
import platform
import resource
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from bench.scale import record
from bench.scale.measure import measure, trimmed
from bench.scale.probe_cluster import probe_cluster
from bench.scale.probe_store import probe_store
from bench.scale.record import Record
from bench.scale.scenarios import SCENARIOS
from launcher.console import Problem

NODES = (2, 4, 6)
BENCHMARK = {"100x50": 68.9, "500x20": 104.0}
"""From bench/README.md: microseconds of CPU time per token, of it steady."""

STEPS = "steps"


def measure_all(file: Path, rounds: int, only: str, machine: str) -> None:
    """Measures the scenarios and writes the record; those that are not in `only` stay as they are in it."""
    chosen = [name for name in only.split(";") if name] or [*SCENARIOS, STEPS]
    if unknown := set(chosen) - {*SCENARIOS, STEPS}:
        raise Problem(f"unknown: {'; '.join(sorted(unknown))}. There are: {'; '.join(SCENARIOS)}; {STEPS}")
    _prepare()
    before = record.load(file) if file.exists() else Record({}, {}, {}, {}, BENCHMARK)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen if name != STEPS}
    for number in range(rounds):
        for name, found in rows.items():
            found.append(_one(name))
            sys.stdout.write(f"{number + 1} {name}: {found[-1]['tokens']:.0f} tokens/s, {found[-1]['cpu']}\n")
            sys.stdout.flush()
    _save(file, before, rows, machine)
    if STEPS in chosen:
        steps, cluster = _steps()
        _save(file, replace(record.load(file), steps=steps, cluster=cluster), {}, machine)


def _save(file: Path, before: Record, rows: dict[str, list[dict[str, Any]]], machine: str) -> None:
    loads = {**before.loads, **rows}
    about = {"date": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count(), "machine": machine or _machine()}
    ordered = {name: loads[name] for name in SCENARIOS if name in loads}
    record.save(replace(before, about=about, loads=ordered), file)


def _prepare() -> None:
    """Raises the limit of open files and, where the system allows it, the priority of all processes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _one(name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return trimmed(uvloop.run(measure(Path(folder) / "fleet", SCENARIOS[name])))


def _steps() -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as folder:
        steps = uvloop.run(probe_store(Path(folder) / "store"))
        cluster = {str(nodes): uvloop.run(probe_cluster(Path(folder) / str(nodes), nodes)) for nodes in NODES}
    return steps, cluster


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
