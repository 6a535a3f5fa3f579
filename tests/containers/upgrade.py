"""deploy/compose/upgrade.sh replaces every container, forth and back, while people ask and read long replies."""

import asyncio
import shlex
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.chaos.invariants import check, failures
from tests.chaos.load import all_begun
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, ask_all
from tests.containers.compose_stack import PROJECT, ComposeStack
from tests.containers.questions import LONG_QUESTION, LONG_WHOLE, QUICK_QUESTION, QUICK_WHOLE
from tests.containers.scenarios import Figures
from tests.containers.setups import TRIAL_IMAGES
from tests.support.stack import ROOT

SCRIPT = ROOT / "deploy" / "compose" / "upgrade.sh"
REPLIES = 20
UPGRADE_SECONDS = 600.0
FIRST_TOKEN_SECONDS = 2.0
ASK_EVERY = 0.5


async def upgraded(stack: ComposeStack) -> Figures:
    """Upgrade to other images under long replies, and return to the first ones under long replies."""
    before = await images(stack)
    await make_next_images(stack)
    forth = await under_long_replies(stack, "--no-build")
    after = await images(stack)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    back = await under_long_replies(stack, "--back")
    assert await images(stack) == before
    return {
        "turns": forth.pop("turns") + back.pop("turns"),
        **{f"upgrade_{name}": value for name, value in forth.items()},
        **{f"rollback_{name}": value for name, value in back.items()},
    }


async def images(stack: ComposeStack) -> dict[str, str]:
    """The image of each service's containers. Raises `AssertionError` if they differ or some are missing."""
    found = {}
    for service in ("web", "api", "worker"):
        names = await stack.containers(service)
        assert len(names) == stack.scale[service], (service, names)
        (found[service],) = {await stack.inspect(name, "{{.Image}}") for name in names}
    return found


async def make_next_images(stack: ComposeStack) -> None:
    """Give the images' names to others, as a build of another version does."""
    for name in TRIAL_IMAGES:
        folder = stack.folder / name
        folder.mkdir()
        (folder / "Dockerfile").write_text(f"FROM {name}\nLABEL trial=next\n", "utf-8")
        await stack.engine.ask("build", "-t", name, str(folder))


async def under_long_replies(stack: ComposeStack, argument: str) -> Figures:
    """Run the script while long replies run and new questions are asked."""
    users, turns = await ask_all(stack, REPLIES, LONG_QUESTION)
    reading = asyncio.gather(*(user.read(observed) for user, observed in zip(users, turns, strict=True)))
    await all_begun(turns)
    workers = await stack.containers("worker")
    stopping = asyncio.gather(*(stack.log_to_the_end(name) for name in workers))
    async with probing(stack) as probes:
        start = time.monotonic()
        await run_script(stack, argument)
        seconds = time.monotonic() - start
        await reading
    await stack.all_healthy()
    states = await check(users, turns, LONG_WHOLE)
    again = sum(state["attempt"] > 1 for state in states)
    slowest = max(observed.ended_at - observed.asked_at for _, observed in probes)
    lost = "".join(await stopping).count('"lease_lost"')
    assert again == 0, f"{again} replies were started again, {lost} leases were lost, the script took {seconds:.0f} s"
    assert slowest <= FIRST_TOKEN_SECONDS, f"a first token took {slowest:.2f} s"
    states += await check([user for user, _ in probes], [observed for _, observed in probes], QUICK_WHOLE)
    return {
        "turns": len(states),
        "failed": failures(states),
        "started_again": again,
        "slowest_first_token": slowest,
        "took": seconds,
    }


async def run_script(stack: ComposeStack, argument: str) -> None:
    environment = {
        "COMPOSE": shlex.join(stack.engine.compose),
        "COMPOSE_PROJECT_NAME": PROJECT,
        "COMPOSE_FILE": ":".join(stack.files),
    }
    script = f"sh {shlex.quote(str(SCRIPT))} {argument}"
    await stack.engine.shell(stack.folder, script, environment, UPGRADE_SECONDS)


@asynccontextmanager
async def probing(stack: ComposeStack) -> AsyncIterator[list[tuple[SimulatedUser, ObservedTurn]]]:
    """Have a new user ask every half second. The list has their turns at the end."""
    found: list[tuple[SimulatedUser, ObservedTurn]] = []
    tasks: list[asyncio.Task[Any]] = []

    async def ask() -> None:
        user = SimulatedUser(stack, len(tasks))
        start = time.monotonic()
        observed = await user.ask(QUICK_QUESTION)
        observed.asked_at = start  # with opening the session, and all retries
        found.append((user, await user.read(observed)))

    async def ask_on() -> None:
        while True:
            tasks.append(asyncio.create_task(ask()))
            await asyncio.sleep(ASK_EVERY)

    asking = asyncio.create_task(ask_on())
    try:
        yield found
    finally:
        asking.cancel()
        await asyncio.gather(*tasks)
