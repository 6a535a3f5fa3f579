"""How every refusal is to look, and that it leaves no trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.support.client import Client
from tests.support.kept import kept_of
from tests.support.keyspace import names
from tests.support.stack import Stack
from tests.support.waiting import eventually


def refused(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which is as every problem is to be."""
    told = f"{response.status_code} {response.text[:500]}"
    assert response.headers["content-type"] == "application/problem+json", told
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code), told
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert len(problem["detail"].split()) > 2
    assert problem["detail"].rstrip()[-1] in ".!"
    return problem


@asynccontextmanager
async def nothing_stored(stack: Stack, user: Client, session_id: str) -> AsyncIterator[None]:
    """The store holds exactly the same afterwards, once earlier jobs are cleaned up."""

    async def idle() -> bool:
        return not await names(stack.queue, match=f"arq:*{session_id}*")

    await eventually(idle)
    before = await kept_of(stack.store, stack.queue, user.user_id, session_id)
    yield
    assert await kept_of(stack.store, stack.queue, user.user_id, session_id) == before
