"""What processes of this machine use, from the kernel's own books (Linux)."""

import os
import re
import time
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Processor time of a process with all its threads and its ended children.

    The kernel's clock of the process has nanoseconds, where /proc/<pid>/stat has ticks of 10 ms. See
    clock_getcpuclockid(3).
    """
    own = time.clock_gettime((~pid << 3) | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) * TICK


def memory_kb(pid: int) -> int:
    """Memory of a process, what it shares with others counted by its share (PSS)."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def cpu(pids: dict[str, int]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in pids.items()}


def memory(pids: dict[str, int]) -> dict[str, int]:
    return {name: memory_kb(pid) for name, pid in pids.items()}


def busy_seconds() -> float:
    """Processor time that everything on this machine has used since its start."""
    fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) * TICK  # without idle and waiting for disks


def machine(model_pid: int) -> tuple[float, ...]:
    """Where the clocks stand: now, everything, the model server, and this process."""
    return time.monotonic(), busy_seconds(), cpu_seconds(model_pid), cpu_seconds(os.getpid())


def around(start: tuple[float, ...], model_pid: int, target: float) -> dict[str, float]:
    """How much of a core the model server, the client and all else on the machine used since then."""
    passed, everything, model, client = (now - then for now, then in zip(machine(model_pid), start, strict=True))
    others = everything - model - client - target
    return {"model_load": model / passed, "client_load": client / passed, "other_load": others / passed}
