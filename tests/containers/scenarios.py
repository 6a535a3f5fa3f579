"""The scenarios: each changes the containers while users chat, checks the invariants, and returns its figures."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from tests.chaos.invariants import check, failures
from tests.chaos.load import Load
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.chaos.transcripts import CALM_QUESTION, CALM_WHOLE
from tests.containers.compose_stack import ComposeStack
from tests.support.waiting import eventually

Figures = dict[str, Any]
Fault = Callable[[ComposeStack], Awaitable[None]]
RATE = 3.0
"""New users per second, each of whom reads for three seconds."""

ACTIVE_STATES = 9

DEAD_SECONDS = 3.0


async def chat(stack: ComposeStack) -> Figures:
    """Load the page and hold a conversation through every web tier."""
    users = [SimulatedUser(stack, number) for number in range(len(stack.urls))]
    for url in stack.urls:
        page = await stack.http.get(f"{url}/")
        asset = await stack.http.get(url + re.findall(r"/assets/index-[\w-]+\.js", page.text)[0])
        assert "immutable" in asset.headers["Cache-Control"]
    turns = [await user.read(await user.ask(CALM_QUESTION)) for user in users]
    again = [
        await user.read(await user.ask_in(observed.session_id, CALM_QUESTION))
        for user, observed in zip(users, turns, strict=True)
    ]
    states = [*await check(users, turns, CALM_WHOLE), *await check(users, again, CALM_WHOLE)]
    return {"turns": len(states), "web_tiers": len(stack.urls)}


async def scaled(stack: ComposeStack, **steps: list[int]) -> Figures:
    """Scale each service to each of its sizes in turn."""

    async def scale(stack: ComposeStack) -> None:
        for service, counts in steps.items():
            for count in counts:
                await stack.up(**{service: count})

    return await under_load(stack, scale)


async def killed(stack: ComposeStack, service: str) -> Figures:
    """Kill one container with SIGKILL and start it again after `DEAD_SECONDS`."""

    async def fault(stack: ComposeStack) -> None:
        name = (await stack.containers(service))[0]
        await stack.kill(name)
        await asyncio.sleep(DEAD_SECONDS)  # the outage itself
        await stack.start(name)

    return await under_load(stack, fault)


async def restarted(stack: ComposeStack, *services: str) -> Figures:
    """Stop each container of the services with SIGTERM and start it again, one after the other."""

    async def roll(stack: ComposeStack) -> None:
        for service in services:
            for name in await stack.containers(service):
                await stack.stop(service, name)
                await stack.start(name)

    return await under_load(stack, roll)


async def under_load(stack: ComposeStack, fault: Fault) -> Figures:
    """Cause the fault under load and check that every turn is complete.

    Replies may start again, because an engine's network may cut off a worker for longer than its lease; the figures
    count them. `tests.chaos.scenarios.rolling_restart` proves without an engine that none has to.
    """
    async with Load(stack, RATE) as load:
        await load.has_begun(ACTIVE_STATES)
        await fault(stack)
        turns = await load.end()
    await eventually(partial(all_ended, load.users, turns))
    states = await check(load.users, turns, CALM_WHOLE)
    restarted_turns = sum(state["attempt"] > 1 for state in states)
    return {
        "turns": len(turns),
        "failed": failures(states),
        "started_again": restarted_turns,
        "reconnects": sum(observed.reconnects for observed in turns),
    }


async def all_ended(users: Sequence[SimulatedUser], turns: Sequence[ObservedTurn]) -> bool:
    """Returns whether every turn has ended, in the store as for its reader.

    While its disk is busy, a Redis with `appendfsync everysec` holds its writes back for up to two seconds, and loses
    them if it is killed: https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/. Then a
    reply that had ended runs again.
    """
    states = await asyncio.gather(*(user.turn(seen.turn_id) for user, seen in zip(users, turns, strict=True)))
    return all(state["state"] not in ("queued", "running") for state in states)
