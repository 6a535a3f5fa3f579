"""The process that runs one turn alone: how it ends, and that it ends with its worker."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from chat.local import ports
from chat.settings import Settings
from tests.support.databases import STORE, numbered
from tests.support.model_server import ModelServer, tell
from tests.support.room import Room
from tests.support.waiting import PATIENCE
from worker.isolation import HANDED_BACK, order


async def started(settings: Settings, turn_id: str, token: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", "isolated", stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL
    )
    assert process.stdin
    process.stdin.write(order(settings, turn_id, token))
    await process.stdin.drain()
    return process


async def exit_code(process: Process) -> int:
    return await asyncio.wait_for(process.wait(), PATIENCE)


async def test_a_turn_that_was_closed_ends_its_process_well(room: Room, redis_url: str) -> None:
    turn_id = (await room.open()).turn_id
    async with ModelServer().serve() as model:
        model.on("hello", tell("hi"))
        url = numbered(redis_url, STORE)
        settings = Settings(redis_url=url, openai_base_url=model.url, openai_api_key="k", session_titles=False)
        assert await exit_code(await started(settings, turn_id, "100")) == 0
    assert await room.contents() == ["hello", "hi"]


async def test_a_turn_of_another_claim_ends_its_process_well(room: Room, redis_url: str) -> None:
    turn_id, _ = await room.begun("200")
    settings = Settings(redis_url=numbered(redis_url, STORE), openai_api_key="k")
    assert await exit_code(await started(settings, turn_id, "100")) == 0


async def test_a_store_that_is_away_has_the_turn_given_back(room: Room) -> None:
    settings = Settings(redis_url=f"redis://127.0.0.1:{ports.free()}/0", openai_api_key="k")
    turn_id = (await room.open()).turn_id
    assert await exit_code(await started(settings, turn_id, "100")) == HANDED_BACK


async def test_the_end_of_its_worker_ends_the_process(room: Room, redis_url: str) -> None:
    turn_id = (await room.open()).turn_id
    asked = asyncio.Event()

    async with ModelServer().serve() as model:

        async def silent(_: object) -> None:
            asked.set()
            await asyncio.Event().wait()

        model.on("hello", silent)
        settings = Settings(
            redis_url=numbered(redis_url, STORE), openai_base_url=model.url, openai_api_key="k", session_titles=False
        )
        process = await started(settings, turn_id, "100")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        assert process.stdin
        process.stdin.close()
        assert await exit_code(process) == HANDED_BACK
