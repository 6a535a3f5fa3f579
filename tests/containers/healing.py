"""Scenarios in which containers come back by themselves: the engine starts them again, or they are continued."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.containers.compose_stack import ComposeStack
from tests.containers.scenarios import Figures, under_load

FROZEN_SECONDS = 12.0
"""Longer than a lease."""

BLOCKED = "kill -USR1 1"
"""Blocks the event loop of `tests.support.blocking_api` and `blocking_worker`."""

Attack = Callable[[str], Awaitable[object]]


async def comes_back(stack: ComposeStack, service: str, attack: Attack) -> float:
    """Attack a container of the service. Returns the seconds until its engine has it running and healthy again."""
    name = (await stack.containers(service))[0]
    before = await stack.started_at(name)
    start = time.monotonic()
    await attack(name)
    await stack.restarted(name, before)
    return time.monotonic() - start


async def crashed(stack: ComposeStack) -> Figures:
    """The first process of a container of each service dies: its restart policy brings it back."""
    back: dict[str, float] = {}

    async def fault(stack: ComposeStack) -> None:
        for service in ("web", "api", "worker", "redis"):
            back[f"{service}_back"] = await comes_back(stack, service, stack.kill_process)

    return {**await under_load(stack, fault), **back}


async def frozen(stack: ComposeStack) -> Figures:
    """A container of each service is frozen for longer than a lease: it goes on where it was, without a restart."""

    async def fault(stack: ComposeStack) -> None:
        for service in ("web", "api", "worker", "redis"):
            name = (await stack.containers(service))[0]
            before = await stack.started_at(name)
            await stack.engine.ask("pause", name)
            await asyncio.sleep(FROZEN_SECONDS)  # the freeze itself
            await stack.engine.ask("unpause", name)
            await stack.all_healthy()
            assert await stack.started_at(name) == before, f"{name} was restarted"

    return await under_load(stack, fault)


async def hung(stack: ComposeStack) -> Figures:
    """The event loop of an API, then of a worker, hangs: its watchdog ends it, its restart policy brings it back."""
    back: dict[str, float] = {}

    async def fault(stack: ComposeStack) -> None:
        for service in ("api", "worker"):
            back[f"{service}_back"] = await comes_back(stack, service, lambda name: block(stack, name))

    figures = await under_load(stack, fault)
    logs = await stack.logs()
    for service in ("api", "worker"):
        assert any('"loop_blocked"' in line and f'"{service}"' in line for line in logs.splitlines()), service
    return {**figures, **back}


async def block(stack: ComposeStack, name: str) -> None:
    await stack.execute(name, "sh", "-c", BLOCKED)
