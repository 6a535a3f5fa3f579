"""Users fill a Redis that has 200 MB: it refuses new questions, and nothing that it accepted is lost."""

import asyncio
from typing import Any

import httpx2

from tests.chaos.invariants import check, failures
from tests.chaos.load import all_begun
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, ask_all
from tests.containers.compose_stack import LOOK_SECONDS, ComposeStack
from tests.containers.inside import readiness, redis_info
from tests.containers.questions import BULKY_QUESTION, BULKY_WHOLE, GROWING_QUESTION, GROWING_WHOLE, QUICK_QUESTION
from tests.containers.scenarios import Figures
from tests.support.waiting import eventually

GROWING = 20
"""Replies that run while Redis becomes full. Together they exceed what is left below `maxmemory`, and with their copies
in the form of 0.1.0 (LEGACY_MESSAGES) not what is left of its memory: 30 did."""

AT_ONCE = 4
FILLED_BEFORE = 0.6
MOST_QUESTIONS = 2000
WHILE_FULL_SECONDS = 120.0

Kept = list[tuple[SimulatedUser, ObservedTurn]]


async def filled(stack: ComposeStack) -> Figures:
    """Fill Redis, let running replies exceed `maxmemory`, start it again, then free it by deleting sessions."""
    (redis,) = await stack.containers("redis")
    started = await stack.started_at(redis)
    kept = await fill(stack, FILLED_BEFORE)
    users, growing = await ask_all(stack, GROWING, GROWING_QUESTION)
    reading = asyncio.gather(*(user.read(observed) for user, observed in zip(users, growing, strict=True)))
    await all_begun(growing)
    kept += await fill(stack, 1.0)
    red = await readiness_is(stack, 503)
    await reading
    states = await check(users, growing, GROWING_WHOLE)
    most = await shares(stack)
    assert await refusal(stack) == "store_full"
    assert await stack.inspect(redis, "{{.State.OOMKilled}}") == "false"
    assert await stack.started_at(redis) == started, "Redis was restarted"
    states += await loaded_again(stack, redis, kept)
    await check(users, growing, GROWING_WHOLE)
    await delete(kept)
    await readiness_is(stack, 200)
    await accepted(stack)
    return {
        "turns": len(states),
        "failed": failures(states),
        "refused_with": "store_full",
        "red": red,
        "started_again": sum(state["attempt"] > 1 for state in states),
        **most,
        "used_after": (await shares(stack))["used"],
    }


async def fill(stack: ComposeStack, until: float) -> Kept:
    """Have users ask for bulky replies until this share of `maxmemory` is used, or questions are refused."""
    kept: Kept = []

    async def ask_on() -> None:
        while len(kept) < MOST_QUESTIONS and (await shares(stack))["used"] < until:
            user = SimulatedUser(stack, len(kept))
            response = await post(stack, user, "/chat/start")
            if response.status_code == 200:
                session_id = response.json()["session_id"]
                body = {"session_id": session_id, "message": BULKY_QUESTION}
                response = await post(stack, user, "/chat/turns", json=body)
            if response.status_code == 503:
                assert response.json()["code"] == "store_full", response.text
                assert int(response.headers["Retry-After"]) > 0
                return
            kept.append((user, ObservedTurn(session_id, response.json()["turn_id"])))
            await user.read(kept[-1][1])

    await asyncio.gather(*(ask_on() for _ in range(AT_ONCE)))
    return kept


async def post(stack: ComposeStack, user: SimulatedUser, path: str, **request: Any) -> httpx2.Response:
    """Send a request once, without the patience of `SimulatedUser.call`."""
    return await stack.http.post(stack.urls[0] + path, headers=user.identity, timeout=60, **request)


async def refusal(stack: ComposeStack) -> str:
    """The code with which a new session is refused."""
    response = await post(stack, SimulatedUser(stack), "/chat/start")
    return str(response.json().get("code", response.status_code))


async def readiness_is(stack: ComposeStack, status: int) -> str:
    """Wait until the readiness has this status. Returns the checks that fail."""
    failing: list[str] = []

    async def is_so() -> bool:
        now, body = await readiness(stack)
        failing[:] = [name for name, passed in body.items() if passed is False]
        if now != status:
            await asyncio.sleep(LOOK_SECONDS)
        return now == status

    await eventually(is_so, WHILE_FULL_SECONDS)
    return " ".join(failing)


async def shares(stack: ComposeStack) -> dict[str, float]:
    """The share of `maxmemory` that is used, and the resident memory in MB."""
    memory = await redis_info(stack, "memory")
    used = int(memory["used_memory"]) - int(memory["mem_not_counted_for_evict"])
    return {"used": used / int(memory["maxmemory"]), "peak_mb": int(memory["used_memory_peak"]) / 1e6}


async def loaded_again(stack: ComposeStack, redis: str, kept: Kept) -> list[dict[str, Any]]:
    """Stop and start the full Redis: it loads its file and has every reply. Returns the turns."""
    await stack.stop("redis", redis)
    await stack.start(redis)
    users, turns = [user for user, _ in kept], [observed for _, observed in kept]
    states = await check(users, turns, BULKY_WHOLE)
    assert await stack.inspect(redis, "{{.State.OOMKilled}}") == "false"
    return states


async def delete(kept: Kept) -> None:
    for user, observed in kept:
        await user.call("DELETE", f"/chat/session/{observed.session_id}")


async def accepted(stack: ComposeStack) -> None:
    """Wait until a question is accepted again, and have it answered."""

    async def is_taken() -> bool:
        return await refusal(stack) == "200"

    await eventually(is_taken)
    user = SimulatedUser(stack)
    observed = await user.read(await user.ask(QUICK_QUESTION))
    await check([user], [observed])
