"""The limit of an API's connections, and which of them it closes for a new one."""

from contextlib import AsyncExitStack

import httpx2

from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import Led
from tests.support.slow_clients import closed_by_server, connect, hang_up
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE, eventually

LIMIT = 12
HALF_HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"

narrow = stack_of(max_connections=str(LIMIT))
"""A stack whose API allows few connections."""


async def ask_once(stack: Stack, path: str) -> httpx2.Response:
    """Send one request on a connection of its own, which closes after the response."""
    async with httpx2.AsyncClient(base_url=stack.url, timeout=PATIENCE) as http:
        return await http.get(path, headers={"Connection": "close"})


async def stream(stack: AsyncExitStack, user: Client, turn_id: str) -> AsyncExitStack:
    """Open a stream of the turn on a connection of its own. Closing the returned stack closes it."""
    own = await stack.enter_async_context(AsyncExitStack())
    reader = await own.enter_async_context(Client(str(user.http.base_url), user.user_id))
    await own.enter_async_context(reader.events(turn_id))
    return own


async def test_at_the_limit_the_oldest_unfinished_heads_are_closed(narrow: Stack) -> None:
    port = int(narrow.url.rpartition(":")[2])
    held = [await connect(port, HALF_HEAD) for _ in range(LIMIT)]
    for oldest in held[:3]:
        assert (await ask_once(narrow, "/roles?user_id=ann")).status_code == 200
        if oldest is held[0]:
            assert await closed_by_server(oldest, PATIENCE) == b""
    for connection in held[1:]:
        await hang_up(connection)


async def test_at_the_limit_streams_stay_and_new_requests_get_503(narrow: Stack) -> None:
    narrow.model.on("who may read along?", script := Led())
    async with AsyncExitStack() as streams, narrow.client() as user:
        turn_id = await user.ask(await user.start(), "who may read along?")
        exchange = await script.exchange()
        await user.http.aclose()
        opened = [await stream(streams, user, turn_id) for _ in range(LIMIT)]
        for path in ("/roles", f"/api/chat/turns/{turn_id}/events"):
            response = await ask_once(narrow, f"{path}?user_id={user.user_id}")
            refused(response, 503, "too_many_connections")
            assert int(response.headers["retry-after"]) > 0
            assert response.headers["connection"] == "close"
            assert response.headers["x-request-id"]
        for path in ("/health/live", "/health/ready"):
            assert (await ask_once(narrow, path)).status_code == 200
        figures = (await ask_once(narrow, "/metrics")).text
        assert 'holdfast_limits_hit_total{limit="connections"} 2.0' in figures
        await opened[0].aclose()

        async def is_served() -> bool:
            return (await ask_once(narrow, "/roles?user_id=ann")).status_code == 200

        await eventually(is_served)
        await exchange.finish()


async def test_far_beyond_the_limit_connections_are_cut(narrow: Stack) -> None:
    """They get no response, because each connection costs an open file, and open files are limited as well."""
    narrow.model.on("who may read that long?", script := Led())
    port = int(narrow.url.rpartition(":")[2])
    async with AsyncExitStack() as streams, narrow.client() as user:
        turn_id = await user.ask(await user.start(), "who may read that long?")
        exchange = await script.exchange()
        await user.http.aclose()
        for _ in range(LIMIT):
            await stream(streams, user, turn_id)
        extra = [await connect(port) for _ in range(300)]
        assert (await ask_once(narrow, "/health/live")).status_code == 200
        assert await closed_by_server(extra.pop(0), PATIENCE) == b""
        await exchange.finish()
        for connection in extra:
            await hang_up(connection)
