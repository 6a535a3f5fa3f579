"""deploy/compose/upgrade.sh replaces every container, forth and back, while people ask and read long replies."""

import asyncio
import shlex
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

from tests.chaos.invariants import check, failures
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.containers.compose_stack import PROJECT, ComposeStack
from tests.containers.questions import LONG_QUESTION, LONG_WHOLE, QUICK_QUESTION, QUICK_WHOLE
from tests.containers.scenarios import Figures
from tests.containers.setups import TRIAL_IMAGES
from tests.support.stack import ROOT
from tests.support.waiting import eventually

SCRIPT = ROOT / "deploy" / "compose" / "upgrade.sh"
REPLIES = 20
UPGRADE_SECONDS = 600.0
FIRST_TOKEN_SECONDS = 2.0
ASK_EVERY = 0.5

Asked = list[tuple[SimulatedUser, ObservedTurn]]


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
    """Run the script while 20 long replies run at any time and new questions are asked."""
    workers = await stack.containers("worker")
    stopping = asyncio.gather(*(stack.log_to_the_end(name) for name in workers))
    async with long_replies(stack) as replies, probing(stack) as probes:
        start = time.monotonic()
        await run_script(stack, argument)
        seconds = time.monotonic() - start
    await stack.all_healthy()
    states = await check(*parts(replies), LONG_WHOLE)
    again = sum(state["attempt"] > 1 for state in states)
    lost = "".join(await stopping).count('"lease_lost"')
    slowest = max(observed.ended_at - observed.asked_at for _, observed in probes)
    states += await check(*parts(probes), QUICK_WHOLE)
    seen = f"{again} started again, {lost} leases lost, slowest first token {slowest:.2f} s, took {seconds:.0f} s"
    assert again == 0, seen
    assert slowest <= FIRST_TOKEN_SECONDS, seen
    return {
        "turns": len(states),
        "failed": failures(states),
        "long_replies": len(replies),
        "started_again": again,
        "slowest_first_token": slowest,
        "took": seconds,
    }


def parts(asked: Asked) -> tuple[list[SimulatedUser], list[ObservedTurn]]:
    return [user for user, _ in asked], [observed for _, observed in asked]


async def run_script(stack: ComposeStack, argument: str) -> None:
    environment = {
        "COMPOSE": shlex.join(stack.engine.compose),
        "COMPOSE_PROJECT_NAME": PROJECT,
        "COMPOSE_FILE": ":".join(stack.files),
    }
    script = f"sh {shlex.quote(str(SCRIPT))} {argument}"
    await stack.engine.shell(stack.folder, script, environment, UPGRADE_SECONDS)


@asynccontextmanager
async def long_replies(stack: ComposeStack) -> AsyncIterator[Asked]:
    """Have 20 users who ask for a long reply, read it to its end and ask again. The list has their turns."""
    asked: Asked = []
    over = asyncio.Event()

    async def ask_on(number: int) -> None:
        user = SimulatedUser(stack, number)
        while not over.is_set():
            asked.append((user, await user.ask(LONG_QUESTION)))
            await user.read(asked[-1][1])

    async with asyncio.TaskGroup() as users:
        for number in range(REPLIES):
            users.create_task(ask_on(number))
        await eventually(partial(_all_running, asked))
        yield asked
        over.set()


async def _all_running(asked: Asked) -> bool:
    return len(asked) >= REPLIES and all(observed.transcript.text for _, observed in asked)


@asynccontextmanager
async def probing(stack: ComposeStack) -> AsyncIterator[Asked]:
    """Have a new user ask every half second. The list has their turns at the end."""
    asked: Asked = []
    over = asyncio.Event()

    async def ask(number: int) -> None:
        user = SimulatedUser(stack, number)
        start = time.monotonic()
        observed = await user.ask(QUICK_QUESTION)
        observed.asked_at = start  # with opening the session, and all retries
        asked.append((user, await user.read(observed)))

    async def ask_on(users: asyncio.TaskGroup) -> None:
        for number in count():
            if over.is_set():
                return
            users.create_task(ask(number))
            await asyncio.sleep(ASK_EVERY)

    async with asyncio.TaskGroup() as users:
        users.create_task(ask_on(users))
        yield asked
        over.set()
