"""Workers die while models are continued by a prefix: each reply goes on where it stopped."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, get_args

from chat.providers.catalog import Dialect
from tests.chaos.deployment import Deployment, kill
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.prefix_models import continuing
from tests.support.waiting import eventually

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
PARAGRAPH = """Grüße, 漢字 and \U0001f9ca: a fence follows.

```python
def area(r):
    return 3.14 * r ** 2   # \U0001f468\u200d\U0001f469\u200d\U0001f467
```

The formula is $$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$, and  two  spaces.

- one
- two\t

"""
WHOLE = PARAGRAPH * 3 + "The end."
STOPS = tuple(len(WHOLE) * quarter // 4 for quarter in (1, 2, 3))
"""Where each reply waits until a worker was killed."""

PAUSE = 0.005


FALLING_BACK = """
[[providers]]
name = "falling-back"
base_url = "{}"
continue = "prefix"
dialect = "mistral"
[[providers.models]]
id = "falling-back"
fallback = ["mistral"]
"""


def providers(url: str) -> str:
    """A providers' file with a model for each dialect, by its name, and one that has a fall-back."""
    return "\n".join(
        f'''[[providers]]
name = "{dialect}"
base_url = "{url}"
continue = "prefix"
dialect = "{dialect}"
[[providers.models]]
id = "{dialect}"
max_tokens = 10000
'''
        for dialect in DIALECTS
    ) + FALLING_BACK.format(url)


async def resumed(deployment: Deployment, dialects: Sequence[Dialect], count: int, kills: int = 3) -> dict[str, Any]:
    """Have each dialect's model give `count` replies, and kill all workers in the middle of them so many times.

    A single one that is killed may have none of the replies: the other one may have claimed them all.
    """
    gates = [asyncio.Event() for _ in STOPS[:kills]]

    async def wait(position: int) -> None:
        await asyncio.sleep(PAUSE)
        for stop, gate in zip(STOPS, gates, strict=False):
            if position >= stop:
                await gate.wait()

    asked_before = len(deployment.model.exchanges)
    users, turns = await _ask(deployment, dialects, count, wait)
    reading = asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
    recovery: list[float] = []
    for stop, gate in zip(STOPS, gates, strict=False):
        await eventually(partial(_all_show, turns, stop))
        fault = time.monotonic()
        killed = [deployment.workers.pop() for _ in list(deployment.workers)]
        await asyncio.gather(*map(kill, killed))
        gate.set()
        await asyncio.gather(*(deployment.start_worker() for _ in killed))
        await eventually(partial(_some_resumed, turns, fault))
        recovery += [at - fault for observed in turns for at in observed.resumes if at > fault]
    await reading
    await check(users, turns, WHOLE)
    again = [observed.turn_id for observed in turns if "restart" in observed.transcript.types]
    assert not again, f"{len(again)} of {len(turns)} were made again: {again[:3]}"
    exchanges = deployment.model.exchanges[asked_before:]
    assert all(WHOLE.startswith(exchange.prefix) for exchange in exchanges)
    resumes = sum(len(observed.resumes) for observed in turns)
    assert resumes == sum(bool(exchange.prefix) for exchange in exchanges)
    await deployment.workers_listed(len(deployment.workers))
    return {"turns": len(turns), "resumed": resumes, "last_resume": max(recovery), "recovery": sorted(recovery)}


async def _ask(
    deployment: Deployment, dialects: Sequence[Dialect], count: int, wait: Callable[[int], Awaitable[None]]
) -> tuple[list[SimulatedUser], list[ObservedTurn]]:
    users = [SimulatedUser(deployment, number) for number in range(count * len(dialects))]
    asking = []
    for number, user in enumerate(users):
        dialect = dialects[number % len(dialects)]
        question = f"Story {number} for {dialect}"
        deployment.model.on(question, continuing(dialect, WHOLE, wait, seed=number))
        asking.append(user.ask(question, model=dialect))
    return users, list(await asyncio.gather(*asking))


async def _all_show(turns: Sequence[ObservedTurn], characters: int) -> bool:
    """Whether each reader shows nearly so many characters; up to a piece of them is held back."""
    return all(len(observed.transcript.text) >= characters - 5 for observed in turns)


async def _some_resumed(turns: Sequence[ObservedTurn], since: float) -> bool:
    return any(at > since for observed in turns for at in observed.resumes)
