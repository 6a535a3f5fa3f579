"""Asserts that a refusal is a well-formed problem document and that it stores nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from api.protocols import openai_errors
from tests.support.client import Client
from tests.support.kept import kept_of
from tests.support.keyspace import names
from tests.support.stack import Stack
from tests.support.waiting import eventually


def refused(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Returns the problem document, after checking its form, status and code.

    At an address of OpenAI's API the error has its form; `status` and `code` are ours.
    """
    if openai_errors.is_openai(response.request.url.path):
        return _refused_as_openai(response, status, code)
    shown = f"{response.status_code} {response.text[:500]}"
    assert response.headers["content-type"] == "application/problem+json", shown
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code), shown
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert len(problem["detail"].split()) > 2
    assert problem["detail"].rstrip()[-1] in ".!"
    return problem


def _refused_as_openai(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    shown = f"{response.status_code} {response.text[:500]}"
    status = openai_errors.STATUSES.get(code, 400 if status in openai_errors.BAD_REQUESTS else status)
    code = openai_errors.CODES.get(code, code)
    assert response.headers["content-type"] == "application/json", shown
    error: dict[str, Any] = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}, shown
    assert (response.status_code, error["code"]) == (status, code), shown
    assert error["type"]
    assert len(error["message"].split()) > 2
    return error


@asynccontextmanager
async def nothing_stored(stack: Stack, user: Client, session_id: str) -> AsyncIterator[None]:
    """Asserts that the block leaves the store unchanged; waits first until earlier jobs are cleaned up."""

    async def idle() -> bool:
        return not await names(stack.queue, match=f"arq:*{session_id}*")

    await eventually(idle)
    before = await kept_of(stack.store, stack.queue, user.user_id, session_id)
    yield
    assert await kept_of(stack.store, stack.queue, user.user_id, session_id) == before
