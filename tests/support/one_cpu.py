"""Keeps a process, and those that it starts from then on, on one CPU."""

import os


def keep_on_one_cpu(pid: int) -> None:
    """Take all other CPUs from the process, where the system can.

    llama.cpp starts a thread for each CPU, and these spin while they wait for one another: next to other tests they
    need several times the CPU time of one thread alone.
    """
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(pid, {cpus[pid % len(cpus)]})
