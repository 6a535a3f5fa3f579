"""Slow loris and idle connections: the short form of `make siege`."""

import asyncio
from pathlib import Path

import pytest

from tests.load.attack import FIRST
from tests.load.heads import flood
from tests.load.siege import Api, Attackers, Target, attacked, memory, visit
from tests.support.slow_clients import answer, closed_by_server, connect
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.web_tier import run_web_tier

CONNECTIONS = 100
WARM_UP, FLOOD, ALLOWED_GROWTH = 6 << 20, 30 << 20, 5 << 20
behind_a_proxy = pytest.mark.parametrize("hasty", ["guest"], indirect=True)


@behind_a_proxy
@pytest.mark.parametrize("kind", list(FIRST))
async def test_the_web_tier_closes_held_connections_and_serves_others(hasty: Stack, tmp_path: Path, kind: str) -> None:
    timeouts = {"head_seconds": "1s", "body_seconds": "2s", "idle_seconds": "1s"}
    async with (
        run_web_tier(tmp_path, hasty.urls, **timeouts) as tier,
        attacked(tier, kind, CONNECTIONS) as attackers,
    ):
        await visited_until_closed(tier, attackers)


@behind_a_proxy
@pytest.mark.parametrize("kind", list(FIRST))
async def test_an_api_closes_held_connections_and_serves_others(hasty: Stack, kind: str) -> None:
    api = Api(hasty.url)
    async with attacked(api, kind, CONNECTIONS) as attackers:
        await visited_until_closed(api, attackers)


async def visited_until_closed(target: Target, attackers: Attackers) -> None:
    over = asyncio.Event()
    visiting = asyncio.create_task(visit(target, over, visitors=1, pause=0.2))

    async def all_closed_once() -> bool:
        return (await attackers.tally()).closed >= CONNECTIONS

    await eventually(all_closed_once)
    over.set()
    assert (await visiting).chats


async def test_endless_heads_are_refused_and_take_no_memory(stack: Stack) -> None:
    port, api = Api(stack.url).port, stack.processes[-1].pid
    await flood(port, WARM_UP)
    before = await memory(api)
    flooded = await flood(port, FLOOD)
    assert flooded.refused == flooded.heads > 0
    assert await memory(api) - before < ALLOWED_GROWTH


@behind_a_proxy
async def test_a_trickling_body_gets_408_with_an_error_code(hasty: Stack, tmp_path: Path) -> None:
    async with run_web_tier(tmp_path, hasty.urls) as tier:
        for response in (
            await answer(await connect(tier.port, FIRST["slow-body"])),
            await closed_by_server(await connect(Api(hasty.url).port, FIRST["slow-body"])),
        ):
            assert response.startswith(b"HTTP/1.1 408 ")
            assert b'"code":"body_too_slow"' in response
