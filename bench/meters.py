"""Reads CPU time and memory of processes from the kernel (Linux only)."""

import os
import re
import time
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process, all its threads and its ended children.

    The CPU clock of the process counts nanoseconds (see clock_getcpuclockid(3)); /proc/<pid>/stat, used for the
    children, counts ticks of 10 ms.
    """
    own = time.clock_gettime((~pid << 3) | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) * TICK


def memory_kb(pid: int) -> int:
    """Returns the proportional set size (PSS) of a process: shared memory counts in part."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def cpu(pids: dict[str, int]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in pids.items()}


def memory(pids: dict[str, int]) -> dict[str, int]:
    return {name: memory_kb(pid) for name, pid in pids.items()}


def busy_seconds() -> float:
    """Returns the CPU time that all processes have used since the machine_clocks started."""
    fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) * TICK  # without idle and iowait


def machine_clocks(model_pid: int) -> tuple[float, ...]:
    """Returns the time, and the CPU time of the machine_clocks, the model server and this process."""
    return time.monotonic(), busy_seconds(), cpu_seconds(model_pid), cpu_seconds(os.getpid())


def loads_since(start: tuple[float, ...], model_pid: int, target: float) -> dict[str, float]:
    """Returns the cores that the model server, the client and other programs used since `start`."""
    now = machine_clocks(model_pid)
    elapsed, everything, model, client = (end - begin for end, begin in zip(now, start, strict=True))
    others = everything - model - client - target
    return {"model_load": model / elapsed, "client_load": client / elapsed, "other_load": others / elapsed}
