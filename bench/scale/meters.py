"""Reads what the processes of a fleet have used so far (Linux only)."""

import asyncio
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.request import urlopen

from redis.asyncio import Redis

from bench import meters
from bench.scale.fleet import Fleet

COUNTED = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes", "aof_current_size")


@dataclass(frozen=True)
class Reading:
    """Totals since the start of the processes: `cpu` in seconds and `wakes` by kind, `busy` seconds of the machine.

    `redis`: counters of the server; `redis_thread` in `cpu` is the thread that runs its commands.
    """

    at: float
    cpu: dict[str, float]
    wakes: dict[str, float]
    redis: dict[str, float]
    busy: float


async def read(fleet: Fleet, store: Redis) -> Reading:
    cpu = {kind: sum(map(meters.cpu_seconds, pids)) for kind, pids in fleet.pids.items()}
    cpu["redis_thread"] = thread_seconds(fleet.pids["redis"][0])
    wakes = {kind: float(sum(map(voluntary_switches, pids))) for kind, pids in fleet.pids.items()}
    at, busy = monotonic(), meters.busy_seconds()
    info = await store.info("all")
    cpu["client"] = meters.cpu_seconds(os.getpid())
    return Reading(at, cpu, wakes, {name: float(info[name]) for name in COUNTED} | _calls(info), busy)


def _calls(info: dict[str, object]) -> dict[str, float]:
    """Returns the calls of each kind of command, and the microseconds of all scripts."""
    found = {}
    for name, stats in info.items():
        if name.startswith("cmdstat_") and isinstance(stats, dict):
            found["calls_" + name.removeprefix("cmdstat_")] = float(stats["calls"])
            found["us_" + name.removeprefix("cmdstat_")] = float(stats["usec"])
    return found


def thread_seconds(pid: int) -> float:
    """Returns the CPU time of a process' main thread."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def voluntary_switches(pid: int) -> int:
    """Returns how often the main thread has waited: for an event loop, how often it has woken up."""
    found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


async def replies_of(fleet: Fleet) -> list[int]:
    """Returns how many replies each worker runs, by its metrics."""
    return list(await asyncio.gather(*(asyncio.to_thread(_running, port) for port in fleet.metrics_ports)))


def _running(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        found = re.search(r"^holdfast_turns_running (\S+)", response.read().decode(), re.MULTILINE)
    return int(float(found[1])) if found else 0


async def memory_mb(pids: Iterable[int]) -> float:
    return sum([await asyncio.to_thread(meters.memory_kb, pid) for pid in pids]) / 1024


def rates(before: Reading, after: Reading) -> dict[str, dict[str, float]]:
    """Returns what was used per second between two readings: cores, wakes and calls."""
    seconds = after.at - before.at
    used = {
        "cpu": _growth(before.cpu, after.cpu, seconds),
        "wakes": _growth(before.wakes, after.wakes, seconds),
        "redis": _growth(before.redis, after.redis, seconds),
    }
    ours = sum(value for kind, value in used["cpu"].items() if kind != "redis_thread")
    return {**used, "others": {"cores": (after.busy - before.busy) / seconds - ours}}


def _growth(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    return {name: (value - before.get(name, 0)) / seconds for name, value in after.items()}
