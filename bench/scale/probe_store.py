"""Measures what single steps cost a Valkey: microseconds of its command thread, with the product's own scripts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bench.curves.lab import Lab, stores
from bench.processes import running_valkey
from bench.scale.meters import thread_seconds
from chat import keys
from chat.claims import CLAIM, RENEW, finish_call
from chat.event_log import LogWriter
from chat.events import Chunk, encode
from chat.open_turns import DUE
from chat.queue import ENQUEUE
from chat.store import ScriptCall, batch_each, connect, results

TEXT = "some words of it "
"""What one event carries: two or three tokens."""

APPENDS = 20_000
JOBS = 4_000
KEYS = 10_000
FIRST_SEQ = 1
EXPIRES_MS = 3000
LEASE_MS = 600_000
LEASES = 200


async def probe_store(folder: Path) -> dict[str, float]:
    """Returns microseconds per step by the step's name."""
    async with running_valkey(folder) as (url, pid), connect(url) as store:
        lab = stores(store)
        found = {}
        for turns in (1, 5, 25, 100):
            found[f"append, {turns} turns at a time"] = await _appends(lab, pid, url, turns, 0)
        for connections in (1, 5, 25, 100):
            name = f"append, 100 turns at a time, read by {connections} connections"
            found[name] = await _appends(lab, pid, url, 100, connections)
        return found | await _queue(lab, pid) | await _small(lab, pid) | await _expiry(store, pid)


async def _appends(lab: Lab, pid: int, url: str, turns: int, connections: int) -> float:
    """Appends one event to each of `turns` turns at a time; their channels are spread over the connections."""
    ids = [(await lab.running(await lab.session()))[0] for _ in range(turns)]
    batch = [(LogWriter(turn_id, "1", FIRST_SEQ), [Chunk(content=TEXT)]) for turn_id in ids]
    readers = [await _subscribed(url, ids[index::connections]) for index in range(connections)]
    draining = [asyncio.create_task(_drain(reader)) for reader, _ in readers]

    async def append() -> None:
        for outcome in await lab.log.append(batch):
            assert outcome is False

    try:
        return await per_step(pid, append, APPENDS // turns, turns)
    finally:
        for task, (_, writer) in zip(draining, readers, strict=True):
            task.cancel()
            writer.close()


async def _subscribed(url: str, turn_ids: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0]))
    writer.write(f"SUBSCRIBE {' '.join(map(keys.turn, turn_ids))}\r\n".encode())
    await reader.readline()
    return reader, writer


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(1 << 20):
        pass


async def per_step(pid: int, step: Callable[[], Awaitable[object]], times: int, parts: int = 1) -> float:
    """Returns the microseconds of the server's command thread for each of `parts` parts of a step."""
    await step()
    before = thread_seconds(pid)
    for _ in range(times):
        await step()
    return 1e6 * (thread_seconds(pid) - before) / times / parts


async def _queue(lab: Lab, pid: int) -> dict[str, float]:
    """Measures a job's way through the queue, without any worker that listens to the wake channel."""
    names = [f"turn.{number}" for number in range(JOBS)]
    enqueued = [
        ScriptCall(ENQUEUE, [keys.QUEUE, keys.job(name)], (name, "{}", 10**6, keys.WAKE), bool) for name in names
    ]
    claims = [_claim_call(number) for number in range(JOBS)]
    empty = [_claim_call(number) for number in range(JOBS, 2 * JOBS)]
    found = {"queue a job": await _calls(lab, pid, enqueued)}
    before = thread_seconds(pid)
    claimed = [(answer[0], answer[1]) for answer in results(await batch_each(lab.store, claims))]
    found["claim a job"] = 1e6 * (thread_seconds(pid) - before) / JOBS
    leases = [part for job_id, token in claimed for part in (job_id, token)]
    renewal: list[str | int] = [LEASE_MS, keys.in_progress(""), "worker", 3 * LEASE_MS, *leases[: 2 * LEASES]]
    renewed = ScriptCall(RENEW, (keys.QUEUE, keys.WORKERS, keys.RENEWALS), renewal, list)
    found["renew a lease"] = await _calls(lab, pid, [renewed] * 20) / LEASES
    found["claim, none is due"] = await _calls(lab, pid, empty)
    ended = [finish_call(str(job_id), str(token), done=True) for job_id, token in claimed]
    return found | {"finish a job": await _calls(lab, pid, ended)}


def _enqueue_call(job_id: str) -> ScriptCall[bool]:
    return ScriptCall(ENQUEUE, [keys.QUEUE, keys.job(job_id)], (job_id, "{}", LEASE_MS, keys.WAKE), bool)


def _claim_call(number: int) -> ScriptCall[list[str]]:
    names = (keys.QUEUE, keys.LAST_CLAIM, keys.last_claim("worker"), keys.RENEWALS)
    return ScriptCall(CLAIM, names, (1, LEASE_MS, keys.in_progress(""), keys.retry(""), str(number)), list)


async def _calls(lab: Lab, pid: int, calls: Sequence[ScriptCall[Any]]) -> float:
    """Makes all calls in one round trip. Returns the microseconds of the server's command thread for each."""
    await batch_each(lab.store, calls[:1])
    before = thread_seconds(pid)
    results(await batch_each(lab.store, calls))
    return 1e6 * (thread_seconds(pid) - before) / len(calls)


async def _small(lab: Lab, pid: int) -> dict[str, float]:
    """Measures a round trip, and what every process asks for periodically."""
    due = ScriptCall(DUE, [keys.OPEN_TURNS], (200, 5000), list)
    return {
        "a round trip (PING)": await per_step(pid, lab.store.ping, JOBS),
        "INFO memory": await per_step(pid, lambda: lab.store.info("memory"), JOBS),
        "sweep, none is due": await _calls(lab, pid, [due] * JOBS),
    }


async def _expiry(store: Redis, pid: int) -> dict[str, float]:
    """Measures the expiry of the log of an ended turn, with the hash of the turn."""
    await store.flushall()
    event = encode(Chunk(content=TEXT))
    async with store.pipeline(transaction=False) as pipe:
        for number in range(KEYS):
            for entry in range(1, 41):
                pipe.xadd(f"log:{number}", {"e": event, "k": "chunk"}, f"{entry}-0")
            pipe.hset(f"turn:{number}", mapping=dict.fromkeys("abcdefghijklm", "0123456789"))
            if number % 200 == 0:
                await pipe.execute()
        await pipe.execute()
        for number in range(KEYS):
            pipe.pexpire(f"log:{number}", EXPIRES_MS)
            pipe.pexpire(f"turn:{number}", EXPIRES_MS)
        await pipe.execute()
    before = thread_seconds(pid)
    await asyncio.sleep(EXPIRES_MS / 1000 + 2)  # it deletes expired keys little by little
    return {"expire a turn and its log": 1e6 * (thread_seconds(pid) - before) / KEYS}
