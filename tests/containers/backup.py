"""Runs the backup commands of docs/operations.md exactly as printed there."""

import re

from tests.chaos.invariants import check, failures
from tests.chaos.load import Load
from tests.chaos.simulated_users import SimulatedUser
from tests.chaos.transcripts import CALM_QUESTION, CALM_WHOLE
from tests.containers.compose_stack import ComposeStack
from tests.support.stack import ROOT

HANDBOOK = ROOT / "docs" / "operations.md"
SESSIONS = 5
RATE = 3.0


def commands() -> tuple[str, str]:
    """The commands that make a backup, and those that restore it."""
    section = HANDBOOK.read_text("utf-8").partition("## Backup\n")[2].partition("\n## ")[0]
    take, restore = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return take, restore


async def restored(stack: ComposeStack) -> dict[str, int]:
    """Restore a backup made under load into an empty volume: earlier messages are there, and chatting works."""
    take, restore = commands()
    users = [SimulatedUser(stack, number) for number in range(SESSIONS)]
    turns = [await user.read(await user.ask(CALM_QUESTION)) for user in users]
    states = await check(users, turns, CALM_WHOLE)
    before = [await user.history(observed.session_id) for user, observed in zip(users, turns, strict=True)]
    async with Load(stack, RATE) as load:
        await load.has_begun(1)
        await stack.run(take)
        meanwhile = await load.end()
    states += await check(load.users, meanwhile, CALM_WHOLE)
    assert (stack.folder / "holdfast.tgz").stat().st_mode & 0o777 == 0o600
    await stack.run(restore)
    await stack.all_healthy()
    assert [await user.history(observed.session_id) for user, observed in zip(users, turns, strict=True)] == before
    again = [
        await user.read(await user.ask_in(observed.session_id, CALM_QUESTION))
        for user, observed in zip(users, turns, strict=True)
    ]
    states += await check(users, again, CALM_WHOLE)
    return {"turns": len(states), "failed": failures(states), "histories": len(before)}
