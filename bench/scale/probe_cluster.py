"""Measures pub/sub in a Cluster: what an event costs the node that publishes it, and each of the other nodes."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from redis.asyncio import Redis
from redis.crc import key_slot

from bench.scale.meters import thread_seconds
from launcher import ports, valkey
from launcher.console import Problem

MESSAGE = "x" * 90
"""As long as an event with two or three tokens and its number."""

CHANNEL = "chat:{aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaa%04d}:turn:aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa.1"
SLOTS = 16_384
BATCH = 100
MESSAGES = 20_000
WAIT_SECONDS = 30


async def probe_cluster(folder: Path, nodes: int) -> dict[str, float]:
    """Returns microseconds of the command thread per event, and bytes that a node receives for it."""
    found: dict[str, float] = {}
    with _cluster(folder, nodes) as cluster:
        async with Redis(port=next(iter(cluster))) as first:
            for command in ("PUBLISH", "SPUBLISH"):
                found |= await _publish(first, list(cluster.values()), command)
    return found


async def _publish(first: Redis, pids: list[int], command: str) -> dict[str, float]:
    channel = next(name for name in map(CHANNEL.__mod__, range(10_000)) if key_slot(name.encode()) < SLOTS // len(pids))

    async def batch() -> None:
        async with first.pipeline(transaction=False) as pipe:
            for _ in range(BATCH):
                pipe.execute_command(command, channel, MESSAGE)
            await pipe.execute()

    await batch()
    await asyncio.sleep(0.5)
    idle = await _used(pids, asyncio.sleep(2))
    busy = await _used(pids, _many(batch))
    seconds = [1e6 * (cpu - rest / 2 * busy[-1]) / MESSAGES for cpu, rest in zip(busy[0], idle[0], strict=True)]
    received = [(count - rest / 2 * busy[-1]) / MESSAGES for count, rest in zip(busy[1], idle[1], strict=True)]
    others = seconds[1:] or [0.0]
    return {
        f"{command}, publishing node": seconds[0],
        f"{command}, each other node": sum(others) / len(others),
        f"{command}, bytes to each other node": sum(received[1:]) / max(1, len(received) - 1),
    }


async def _many(batch: Any) -> None:
    for _ in range(MESSAGES // BATCH):
        await batch()
    await asyncio.sleep(0.3)  # until the other nodes have received the rest


async def _used(pids: list[int], work: Any) -> tuple[list[float], list[float], float]:
    before, read, began = [thread_seconds(pid) for pid in pids], [_read_bytes(pid) for pid in pids], monotonic()
    await work
    return (
        [thread_seconds(pid) - start for pid, start in zip(pids, before, strict=True)],
        [_read_bytes(pid) - start for pid, start in zip(pids, read, strict=True)],
        monotonic() - began,
    )


def _read_bytes(pid: int) -> float:
    """Returns the bytes that a process has read, from sockets too."""
    return float(Path(f"/proc/{pid}/io").read_text().split("rchar: ")[1].split()[0])


@contextlib.contextmanager
def _cluster(folder: Path, nodes: int) -> Iterator[dict[int, int]]:
    """Runs a Cluster of primaries. Gives their process ids by port."""
    chosen = ports.several(2 * nodes)
    clients, buses = chosen[:nodes], chosen[nodes:]
    pids = {}
    with contextlib.ExitStack() as stack:
        for index, (port, bus) in enumerate(zip(clients, buses, strict=True)):
            (folder / str(port)).mkdir(parents=True)
            options = ["--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-node-timeout", "15000"]
            process = valkey.start(folder / str(port), port, *options)
            stack.callback(valkey.stop, process)
            pids[port] = process.pid
            share = SLOTS / nodes
            _ask(port, "CLUSTER", "ADDSLOTSRANGE", round(index * share), round((index + 1) * share) - 1)
        for port in clients[1:]:
            _ask(port, "CLUSTER", "MEET", "127.0.0.1", clients[0], buses[0])
        until = monotonic() + WAIT_SECONDS
        while not all(_is_whole(port, nodes) for port in clients):
            if monotonic() > until:
                raise Problem("The Cluster did not form.")
            sleep(0.1)
        yield pids


def _is_whole(port: int, nodes: int) -> bool:
    info = _ask(port, "CLUSTER", "INFO").decode()
    return "cluster_state:ok" in info and f"cluster_known_nodes:{nodes}\r" in info


def _ask(port: int, *command: Any) -> Any:
    with contextlib.closing(valkey.client(valkey.url(port))) as client:
        return client.execute_command(*command)
