"""A turn's view says whether a worker has it, whether it waits for a free one, or whether none is running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.databases import database
from tests.support.model_server import Led
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually


@pytest.fixture
async def brief(redis_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """A stack with one worker whose lease ends soon after it was lost."""
    async with run_stack(database(redis_url), tmp_path, workers=1, lease_seconds="1") as stack:
        yield stack


async def test_a_turn_without_a_worker_says_so(brief: Stack) -> None:
    led = Led()
    brief.model.on("hello", led)
    async with brief.client() as user:
        turn_id = await user.ask(await user.start(), "hello")

        async def worker() -> tuple[str, str, int | None]:
            view = (await user.http.get(f"/chat/turns/{turn_id}")).json()
            return view["state"], view["worker"], view["position"]

        async def is_lost() -> bool:
            return await worker() == ("running", "absent", 0)

        await led.exchange()
        assert await worker() == ("running", "claimed", None)
        brief.processes[0].kill()
        await brief.processes[0].wait()
        await eventually(is_lost)
        response = await user.http.post(f"/chat/turns/{turn_id}/cancel")
        assert response.status_code == 200
