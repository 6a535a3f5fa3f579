"""The scenarios: each causes a fault, checks the invariants, and returns its figures."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.chaos.deployment import LEASE_SECONDS, Deployment, ended, kill
from tests.chaos.invariants import check, failures
from tests.chaos.load import BREAKING, STOPPING, UNBOUNDED, Load, all_begun
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, ask_all
from tests.chaos.transcripts import CALM_WHOLE, PAUSE, QUESTION, WHOLE, WORDS, script
from tests.support.model_server import Exchange
from tests.support.waiting import PATIENCE

Figures = dict[str, Any]

RESTART_SECONDS = LEASE_SECONDS + 2


@dataclass
class Streaming:
    """Replies in mid-stream, each with a reader. None ends before `go_on`, so that a fault hits all of them."""

    users: list[SimulatedUser]
    turns: list[ObservedTurn]
    read: "asyncio.Future[list[ObservedTurn]]"
    go_on: Callable[[], None]


async def streaming(deployment: Deployment, count: int, *, has_all: bool = False) -> Streaming:
    """Start so many replies. With `has_all` the first worker has all of them: the others are frozen until then."""
    go = asyncio.Event()
    others = deployment.workers[1:] if has_all else []
    for worker in others:
        worker.send_signal(signal.SIGSTOP)

    async def in_two_parts(exchange: Exchange) -> None:
        await exchange.start()
        for number, word in enumerate(WORDS):
            if number == len(WORDS) // 2:
                await go.wait()
            await exchange.say(word)
            await asyncio.sleep(PAUSE)
        await exchange.finish()

    deployment.model.on(QUESTION, in_two_parts)
    users, turns = await ask_all(deployment, count, QUESTION)
    reading = asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
    await all_begun(turns)
    for worker in others:
        worker.send_signal(signal.SIGCONT)
    return Streaming(users, turns, reading, go.set)


def recovery(turns: list[ObservedTurn], since: float) -> list[float]:
    """The seconds from the fault to each turn's last restart, sorted."""
    return sorted(observed.restarts[-1] - since for observed in turns if observed.restarts)


async def worker_killed(deployment: Deployment, count: int, *, has_all: bool = False) -> Figures:
    """Kill one worker with SIGKILL in mid-stream. `has_all` as in `streaming`."""
    replies = await streaming(deployment, count, has_all=has_all)
    fault = time.monotonic()
    await kill(deployment.workers.pop(0))
    replies.go_on()
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    times = recovery(replies.turns, fault)
    await deployment.start_worker()
    await deployment.workers_listed(len(deployment.workers))
    return {"turns": count, "restarted": len(times), "last_restart": max(times, default=0.0), "recovery": times}


async def worker_frozen(deployment: Deployment, count: int, *, has_all: bool = False) -> Figures:
    """Freeze one worker with SIGSTOP for twice the lease, then continue it: it must not write any more."""
    replies = await streaming(deployment, count, has_all=has_all)
    fault = time.monotonic()
    frozen = deployment.workers[0]
    frozen.send_signal(signal.SIGSTOP)
    replies.go_on()
    await asyncio.sleep(2 * LEASE_SECONDS)  # the freeze itself
    frozen.send_signal(signal.SIGCONT)
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    times = recovery(replies.turns, fault)
    assert times, "the frozen worker ran nothing"
    assert frozen.returncode is None
    return {"turns": count, "restarted": len(times), "last_restart": times[-1], "recovery": times}


async def api_killed(deployment: Deployment, count: int) -> Figures:
    """Kill one API with SIGKILL: its readers continue at the other."""
    replies = await streaming(deployment, count)
    port = next(iter(deployment.apis))
    await kill(deployment.apis[port])
    replies.go_on()
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    assert not recovery(replies.turns, 0)
    await deployment.start_api(port)
    await deployment.all_ready()
    return {"turns": count, "restarted": 0}


async def valkey_killed(deployment: Deployment, count: int) -> Figures:
    """Kill Valkey with SIGKILL and restart it on its files. Readiness must show the outage."""
    replies = await streaming(deployment, count)
    before = [process.pid for process in (*deployment.apis.values(), *deployment.workers)]
    fault = time.monotonic()
    await deployment.valkey.kill()
    replies.go_on()
    red = await readiness_is(deployment, 503)
    await deployment.valkey.start()
    back = time.monotonic()
    await readiness_is(deployment, 200)
    green = time.monotonic() - back
    await replies.read
    await check(replies.users, replies.turns)
    assert before == [p.pid for p in (*deployment.apis.values(), *deployment.workers) if p.returncode is None]
    done = sum(observed.transcript.text == WHOLE for observed in replies.turns)
    times = recovery(replies.turns, fault)
    return {"turns": count, "whole": done, "restarted": len(times), "red_after": red - fault, "green_after": green}


async def readiness_is(deployment: Deployment, status: int) -> float:
    """Wait until every API's readiness has this status. Returns the time by the monotonic clock."""
    async with asyncio.timeout(PATIENCE):
        for url in deployment.urls:
            while True:
                try:
                    if (await deployment.http.get(f"{url}/health/ready", timeout=5)).status_code == status:
                        break
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(0.05)
    return time.monotonic()


async def rolling_restart(deployment: Deployment, seconds: float, rate: float, at_most: int = UNBOUNDED) -> Figures:
    """Stop and replace each web tier, API and worker, one after the other, under load through two web tiers."""
    script(deployment.model)
    async with deployment.web_tiers(2):
        start = time.monotonic()
        codes, turns = await under_load(deployment, lambda: _restart_tiers(deployment, start + seconds), rate, at_most)
    assert_begun_once(turns)
    return _restarted(codes, turns)


async def valkey_restarted(deployment: Deployment, rate: float, at_most: int = UNBOUNDED) -> Figures:
    """Restart Valkey under load through two web tiers. There is only one, so replies start again; none may fail."""
    script(deployment.model)
    async with deployment.web_tiers(2):
        return _restarted(*await under_load(deployment, lambda: restart_valkey(deployment), rate, at_most))


def assert_begun_once(turns: Sequence[dict[str, Any]]) -> None:
    again = [turn["turn_id"] for turn in turns if turn["attempt"] > 1]
    assert not again, f"{len(again)} of {len(turns)} were started again: {again[:3]}"


def _restarted(codes: Sequence[int], turns: Sequence[dict[str, Any]]) -> Figures:
    assert set(codes) <= {0, -signal.SIGTERM}, codes
    return {"turns": len(turns), "failed": failures(turns), "processes_restarted": len(codes)}


async def under_load(
    deployment: Deployment, fault: Callable[[], Awaitable[list[int]]], rate: float, at_most: int
) -> tuple[list[int], list[dict[str, Any]]]:
    """Cause the fault under load. Returns the exit codes, and all turns of the load, each of which must be complete."""
    async with Load(deployment, rate, at_most=at_most) as load:
        await load.has_begun(min(5, at_most))
        codes = await fault()
        turns = await load.end()
    return codes, await check(load.users, turns, CALM_WHOLE)


async def _restart_tiers(deployment: Deployment, until: float) -> list[int]:
    codes = await restart_all(deployment)
    while time.monotonic() < until:
        codes += await restart_all(deployment)
    return codes


async def restart_all(deployment: Deployment) -> list[int]:
    """Restart everything but Valkey. A new worker is ready before the old one stops."""
    codes = []
    for port, web in list(deployment.webs.items()):
        web.process.terminate()
        codes.append(await ended(web.process))
        await deployment.start_web(port, web.internal_port)
    for port in list(deployment.apis):
        deployment.apis[port].terminate()
        codes.append(await ended(deployment.apis[port]))
        await deployment.start_api(port)
        await deployment.all_ready()
    for worker in list(deployment.workers):
        await deployment.start_worker()
        await deployment.workers_listed(len(deployment.workers))
        worker.terminate()
        codes.append(await ended(worker))
        deployment.workers.remove(worker)
    return codes


async def restart_valkey(deployment: Deployment) -> list[int]:
    process = deployment.valkey.process
    assert process, "this deployment uses an external store"
    await asyncio.to_thread(deployment.valkey.stop)
    await deployment.valkey.start()
    await deployment.all_ready()
    return [process.returncode]


async def random_schedule(deployment: Deployment, seconds: float, rate: float, seed: int) -> Figures:
    """Cause all kinds of faults in a random order under a steady stream of new turns."""
    script(deployment.model)
    rng = random.Random(seed)
    faults: list[str] = []
    async with Load(deployment, rate, mixed=True) as load:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            fault = rng.choice(FAULTS)
            faults.append(fault.__name__.strip("_"))
            await fault(deployment, rng)
            await asyncio.sleep(rng.uniform(0.5, 3))  # the schedule itself
        turns = await load.end()
    states = await check(load.users, turns)
    for number, turn in enumerate(states, 1):
        allowed = {STOPPING: ("cancelled", "done"), BREAKING: ("failed",)}.get(number % 10, ("done",))
        assert turn["state"] in allowed, turn
    codes = Counter(turn["error"]["code"] for turn in states if turn["error"])
    counts = {state: sum(turn["state"] == state for turn in states) for state in ("done", "cancelled", "failed")}
    return {
        "turns": len(turns),
        **counts,
        "errors": dict(codes),
        "seed": seed,
        "faults": {name: faults.count(name) for name in set(faults)},
    }


async def _kill_worker(deployment: Deployment, rng: random.Random) -> None:
    await kill(deployment.workers.pop(rng.randrange(len(deployment.workers))))
    await deployment.start_worker()


async def _stop_worker(deployment: Deployment, rng: random.Random) -> None:
    worker = deployment.workers.pop(rng.randrange(len(deployment.workers)))
    worker.terminate()
    await deployment.start_worker()
    await ended(worker)


async def _freeze_worker(deployment: Deployment, rng: random.Random) -> None:
    worker = rng.choice(deployment.workers)
    worker.send_signal(signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(0.5, 2) * LEASE_SECONDS)  # the freeze itself
    worker.send_signal(signal.SIGCONT)


async def _kill_api(deployment: Deployment, rng: random.Random) -> None:
    port = rng.choice(list(deployment.apis))
    await kill(deployment.apis[port])
    await deployment.start_api(port)


async def _cut_pubsub(deployment: Deployment, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 10)):
        await deployment.store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(0.15)  # the interval between cuts


async def _kill_valkey(deployment: Deployment, rng: random.Random) -> None:
    await deployment.valkey.kill()
    await asyncio.sleep(rng.uniform(0, 1))  # the outage itself
    await deployment.valkey.start()


Fault = Callable[[Deployment, random.Random], Awaitable[None]]

KILLS: tuple[Fault, ...] = (_kill_worker, _kill_api, _kill_valkey)
FAULTS: tuple[Fault, ...] = (*KILLS, _stop_worker, _freeze_worker, _cut_pubsub)
