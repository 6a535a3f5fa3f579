"""Turns that call tools, while workers are killed and frozen, everything is restarted, and users stop them."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from chat import keys
from tests.chaos import agents as scripted
from tests.chaos.agents import STEPS, Agents, check_turn, stored
from tests.chaos.deployment import LEASE_SECONDS, Deployment, kill, open_deployment
from tests.chaos.poison import process_of
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.held_tools import HeldTools, Place
from tests.support.waiting import eventually

Figures = dict[str, Any]
Hold = tuple[int, Place]
"""A step of a turn and a place, where the turn waits until the workers were killed."""

CALLS: tuple[Place, ...] = ("way", "call", "count")
STOP_SECONDS = 0.3
ALONE: list[list[Hold]] = [[(1, "request")] * 3, [(2, "text")] * 3, [(3, "arguments")] * 3]
"""Turns that are killed at one place, until they run in processes of their own."""

UNKNOWN = "Unknown: the worker was lost while the call ran."


@asynccontextmanager
async def tool_deployment(folder: Path, **more: Any) -> AsyncIterator[tuple[Deployment, HeldTools]]:
    """Run a deployment whose model can call the tools of a server in this process."""
    async with HeldTools().serve() as tools:
        file = _written(folder, tools)
        settings = {"openai_can": "tools", "mcp_file": str(file), **more}
        async with open_deployment(folder / "deployment", **settings) as deployment:
            yield deployment, tools


def _written(folder: Path, tools: HeldTools) -> Path:
    folder.mkdir(parents=True)
    file = folder / "servers.toml"
    file.write_text(tools.file, "utf-8")
    return file


async def killed_in_places(deployment: Deployment, tools: HeldTools, plans: Sequence[Sequence[Hold]]) -> Figures:
    """Kill all workers each time when every turn has come to the next place of its plan."""
    agents = Agents(deployment.model, tools)
    _hold(tools, plans, 0)
    users, turns = await _ask(deployment, [agents.script(number) for number in range(len(plans))])
    reading = _read(users, turns)
    for kills in range(1, len(plans[0]) + 1):
        await eventually(partial(_all_held, tools, dict(enumerate(turns))))
        old = [deployment.workers.pop() for _ in list(deployment.workers)]
        await asyncio.gather(*map(kill, old))
        _hold(tools, plans, kills)
        await asyncio.gather(*(deployment.start_worker() for _ in old))
    await reading
    for number, (user, observed, plan) in enumerate(zip(users, turns, plans, strict=True)):
        await check_turn(user, observed, number, agents, tools)
        _check_plan(observed, plan, [step for step, _ in agents.requests[number]])
    alone = sum(bool(deployment.isolated(observed.turn_id)) for observed in turns)
    return {"turns": len(turns), "kills": len(plans[0]), "alone": alone}


def _hold(tools: HeldTools, plans: Sequence[Sequence[Hold]], kills: int) -> None:
    tools.held.clear()
    tools.holds = {(number, plan[kills][0]): plan[kills][1] for number, plan in enumerate(plans) if kills < len(plan)}


async def _all_held(tools: HeldTools, turns: Mapping[int, ObservedTurn]) -> bool:
    """Whether each turn is where it shall be held, and its reader has all that was written before."""
    return all(
        tools.held[at] >= (2 if place in ("way", "call") else 1) and _has_come_to(turns[at[0]], at[1], place)
        for at, place in tools.holds.items()
    )


def _has_come_to(observed: ObservedTurn, step: int, place: Place) -> bool:
    match place:
        case "text":
            return observed.transcript.text.endswith(f"Step {step}: ")
        case "arguments":
            return bool(observed.transcript.calls) and observed.transcript.calls[-1]["arguments"] == '{"turn":'
        case "count":
            return 2 * step + 1 in scripted.folded(observed.transcript.events)
    return True


def _check_plan(observed: ObservedTurn, plan: Sequence[Hold], requests: Sequence[int]) -> None:
    """Check which calls are unknown, which requests were made again, and which attempts went on."""
    shown = scripted.folded(observed.transcript.events)
    unknown = [index for index, (status, _) in shown.items() if status == "unknown"]
    assert sorted(unknown) == sorted({2 * step for step, place in plan if place in CALLS}), (plan, shown)
    assert all(shown[index][1].startswith(UNKNOWN) for index in unknown)
    again = [step for step, place in plan if place not in CALLS]
    assert sorted(requests) == sorted([*range(STEPS + 1), *again]), (plan, requests)
    anew = sum(step == 0 and place not in CALLS for step, place in plan)
    types = observed.transcript.types
    assert (types.count("restart"), types.count("resume")) == (anew, len(plan) - anew), (plan, types)


async def killed_at_random(deployment: Deployment, tools: HeldTools, count: int, kills: int, seed: int) -> Figures:
    """Kill and replace single workers at random moments while turns call tools."""
    rng, agents = random.Random(seed), Agents(deployment.model, tools)
    tools.pause = 0.3
    users, turns = await _ask(deployment, [agents.script(number) for number in range(count)])
    reading = _read(users, turns)
    done = 0
    while done < kills and not reading.done():
        await asyncio.sleep(rng.uniform(0.2, 2))  # the schedule itself
        await kill(deployment.workers.pop(rng.randrange(len(deployment.workers))))
        await deployment.start_worker()
        done += 1
    await reading
    tools.pause = 0.0
    for number, (user, observed) in enumerate(zip(users, turns, strict=True)):
        await check_turn(user, observed, number, agents, tools)
    shown = [status for observed in turns for status, _ in scripted.folded(observed.transcript.events).values()]
    return {
        "turns": count,
        "kills": done,
        "unknown": shown.count("unknown"),
        "resumed": sum(observed.transcript.types.count("resume") for observed in turns),
        "alone": sum(bool(deployment.isolated(observed.turn_id)) for observed in turns),
        "seed": seed,
    }


async def worker_frozen(deployment: Deployment, tools: HeldTools) -> Figures:
    """Freeze the worker that waits for calls for two leases. Another one goes on; it writes nothing more."""
    agents, at = Agents(deployment.model, tools), (0, 2)
    tools.holds = {at: "call"}
    ((user,), (observed,)) = await _ask(deployment, [agents.script(0)])
    reading = asyncio.ensure_future(user.read(observed))
    tools.held.clear()
    await eventually(partial(_all_held, tools, {0: observed}))
    process = process_of(tools.ports[at])
    (frozen,) = [worker for worker in deployment.workers if worker.pid == process]
    tools.holds = {}
    frozen.send_signal(signal.SIGSTOP)
    thaw_at = time.monotonic() + 2 * LEASE_SECONDS
    await reading
    length = await deployment.store.xlen(keys.log(observed.turn_id))
    await asyncio.sleep(thaw_at - time.monotonic())  # the freeze itself
    frozen.send_signal(signal.SIGCONT)
    await eventually(partial(_has_lost, deployment, observed.turn_id))
    await check_turn(user, observed, 0, agents, tools)
    _check_plan(observed, [(at[1], "call")], [step for step, _ in agents.requests[0]])
    assert await deployment.store.xlen(keys.log(observed.turn_id)) == length
    assert frozen.returncode is None
    return {"turns": 1, "events": length}


async def _has_lost(deployment: Deployment, turn_id: str) -> bool:
    return any(line["event"] == "lease_lost" and line["turn_id"] == turn_id for line in deployment.logged())


async def stopped(deployment: Deployment, tools: HeldTools, count: int) -> Figures:
    """Stop turns while their calls run: the tools' server is informed, and the model gets no further request."""
    agents, seconds = Agents(deployment.model, tools), []
    for number in range(count):
        tools.holds = {(number, 1): "call"}
        tools.held.clear()
        ((user,), (observed,)) = await _ask(deployment, [agents.script(number)])
        reading = asyncio.ensure_future(user.read(observed))
        await eventually(partial(_all_held, tools, {number: observed}))
        began = time.monotonic()
        await user.call("POST", f"/chat/turns/{observed.turn_id}/cancel")
        ended = await asyncio.gather(*(_cancelled(tools, f"{observed.turn_id}.{index}") for index in (2, 3)))
        seconds.append(max(ended) - began)
        await reading
        assert (await user.turn(observed.turn_id))["state"] == "cancelled"
        reply = await stored(user, observed)
        assert reply["content"] == "Step 0: I look.\n\nStep 1: I look."
        assert [[call.get("status") for call in step["calls"]] for step in reply["steps"]] == [["ok"] * 2, [None] * 2]
        assert [step for step, _ in agents.requests[number]] == [0, 1]
    tools.holds = {}
    return {"turns": count, "slowest": max(seconds), "median": sorted(seconds)[count // 2]}


async def _cancelled(tools: HeldTools, key: str) -> float:
    async def seen() -> float | None:
        return tools.cancelled.get(key)

    return await eventually(seen) or 0.0


async def _ask(deployment: Deployment, questions: Sequence[str]) -> tuple[list[SimulatedUser], list[ObservedTurn]]:
    users = [SimulatedUser(deployment, number) for number in range(len(questions))]
    asked = [user.ask(question) for user, question in zip(users, questions, strict=True)]
    return users, list(await asyncio.gather(*asked))


def _read(users: Sequence[SimulatedUser], turns: Sequence[ObservedTurn]) -> "asyncio.Future[list[ObservedTurn]]":
    return asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
