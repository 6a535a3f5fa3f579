"""What happens to the containers while people chat, and what must hold. Each returns its figures."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.chaos.load import Load
from tests.chaos.people import Person
from tests.chaos.stories import CALM_QUESTION, CALM_WHOLE
from tests.chaos.verdict import check, failures
from tests.containers.town import Town

Figures = dict[str, Any]
Blow = Callable[[Town], Awaitable[None]]
RATE = 3.0
"""People a second, each of whom reads for three seconds."""

ACTIVE_STATES = 9

DEAD_SECONDS = 3.0


async def chat(town: Town) -> Figures:
    """The page and a whole conversation by every web tier."""
    people = [Person(town, number) for number in range(len(town.urls))]
    for url in town.urls:
        page = await town.http.get(f"{url}/")
        asset = await town.http.get(url + re.findall(r"/assets/index-[\w-]+\.js", page.text)[0])
        assert "immutable" in asset.headers["Cache-Control"]
    turns = [await person.read(await person.ask(CALM_QUESTION)) for person in people]
    again = [
        await person.read(await person.ask_in(told.session_id, CALM_QUESTION))
        for person, told in zip(people, turns, strict=True)
    ]
    states = [*await check(people, turns, CALM_WHOLE), *await check(people, again, CALM_WHOLE)]
    return {"turns": len(states), "web_tiers": len(town.urls)}


async def scaled(town: Town, **steps: list[int]) -> Figures:
    """Each service to each of the sizes in turn."""

    async def scale(town: Town) -> None:
        for service, counts in steps.items():
            for count in counts:
                await town.up(**{service: count})

    return await under_load(town, scale)


async def killed(town: Town, service: str) -> Figures:
    """SIGKILL to one container, which stays dead for a while."""

    async def blow(town: Town) -> None:
        name = (await town.containers(service))[0]
        await town.kill(name)
        await asyncio.sleep(DEAD_SECONDS)  # the outage itself
        await town.start(name)

    return await under_load(town, blow)


async def restarted(town: Town, *services: str) -> Figures:
    """Each container of the services, one after the other: SIGTERM, and started again once it has ended."""

    async def roll(town: Town) -> None:
        for service in services:
            for name in await town.containers(service):
                await town.stop(service, name)
                await town.start(name)

    return await under_load(town, roll)


async def under_load(town: Town, blow: Blow) -> Figures:
    """Every turn that was under way or came meanwhile is whole.

    How many replies started anew is told: an engine's network may cut a worker off for longer than its lease. That none
    has to is for the processes without an engine to show (`tests.chaos.scenarios.rolling_restart`).
    """
    async with Load(town, RATE) as load:
        await load.has_begun(ACTIVE_STATES)
        await blow(town)
        turns = await load.end()
    states = await check(load.people, turns, CALM_WHOLE)
    anew = sum(state["attempt"] > 1 for state in states)
    return {
        "turns": len(turns),
        "failed": failures(states),
        "started_again": anew,
        "readers_came_back": sum(told.returns for told in turns),
    }
