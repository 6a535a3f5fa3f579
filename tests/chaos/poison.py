"""A turn that kills its worker at each attempt, next to ordinary turns."""

import contextlib
import os
import re
import signal
from pathlib import Path
from typing import Any

from chat import keys
from tests.chaos.deployment import Deployment
from tests.chaos.invariants import check
from tests.chaos.scenarios import streaming
from tests.chaos.simulated_users import SimulatedUser
from tests.chaos.transcripts import WHOLE
from tests.support.model_server import Exchange

POISON = "A question that no worker survives"


async def poisoned(deployment: Deployment, count: int, *, restarted: bool) -> dict[str, Any]:
    """Ask the poisonous question while `count` - 1 other replies are in mid-stream; these must be complete.

    With `restarted`, each dead worker is replaced, as a supervisor would do.
    """
    deaths: list[int] = []

    async def kill_the_worker(exchange: Exchange) -> None:
        process = process_of(exchange.peer_port)
        deaths.append(process)
        os.kill(process, signal.SIGKILL)
        if restarted and process in [worker.pid for worker in deployment.workers]:
            await deployment.start_worker()

    deployment.model.on(POISON, kill_the_worker)
    replies = await streaming(deployment, count - 1)
    poisoner = SimulatedUser(deployment)
    poison = await poisoner.read(await poisoner.ask(POISON))
    replies.go_on()
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    (ended,) = await check([poisoner], [poison])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "attempts_exhausted"), ended
    losses = [
        await deployment.store.execute_command("HGET", keys.turn(observed.turn_id), "losses")
        for observed in replies.turns
    ]
    deployment.workers = [worker for worker in deployment.workers if worker.returncode is None]
    return {"turns": count, "whole": count - 1, "deaths": len(deaths), "losses": sum(int(lost or 0) for lost in losses)}


def process_of(port: int) -> int:
    """The ID of the process on this machine whose end of an open connection has this port. Needs Linux' `/proc`."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    (inode,) = [row.split()[9] for row in rows if re.match(rf"\s*\d+: \w+:{port:04X} \w+:\w+ 01 ", row)]
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
    raise AssertionError(f"no process has port {port}")
