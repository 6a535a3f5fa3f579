"""Every request has an id, which its response, problem document and log lines carry."""

import json
import re

import pytest

from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.stack import Stack
from tests.support.waiting import eventually


async def test_a_request_without_an_id_gets_a_new_one(user: Client) -> None:
    names = {(await user.http.get("/roles")).headers["x-request-id"] for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


@pytest.mark.parametrize("name", ["7", "Root-1_a.b", "x" * 64])
async def test_a_valid_request_id_is_kept(user: Client, name: str) -> None:
    assert (await user.http.get("/roles", headers={"X-Request-ID": name})).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "a,b", "{json}", 'quo"te', "line%0d"])
async def test_an_invalid_request_id_is_replaced(user: Client, name: str) -> None:
    found = (await user.http.get("/roles", headers={"X-Request-ID": name})).headers.get_list("x-request-id")
    assert len(found) == 1
    assert re.fullmatch("[0-9a-f]{32}", found[0])


async def test_every_response_carries_the_request_id(user: Client, session_id: str) -> None:
    named = {"X-Request-ID": "mine"}
    for path in ("/", "/health/live", "/nowhere", "/chat/history", "/roles?a=%ff"):
        assert (await user.http.get(path, headers=named)).headers["x-request-id"] == "mine", path
    query = {"session_id": session_id, "message": "hello"}
    async with user.http.stream("GET", "/chat/stream", params=query, headers=named) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-request-id"] == "mine"


async def test_a_problem_document_contains_the_request_id(user: Client) -> None:
    response = await user.http.get(
        "/chat/history", params={"session_id": "none"}, headers={"X-Request-ID": "trouble-1"}
    )
    assert refused(response, 404, "unknown_session")["request_id"] == "trouble-1"


async def test_only_log_lines_of_the_request_carry_its_id(stack: Stack, user: Client, session_id: str) -> None:
    name = f"log-{session_id}"
    body = {"session_id": session_id, "message": "hello"}
    asked = await user.http.post("/chat/turns", json=body, headers={"X-Request-ID": name})
    turn_id = asked.json()["turn_id"]
    await user.follow(turn_id)
    await user.http.post(f"/chat/turns/{turn_id}/cancel")

    async def lines() -> list[dict[str, str]]:
        logged = [json.loads(line) for line in stack.logs().splitlines()]
        mine = [line for line in logged if line.get("turn_id") == turn_id]
        return mine if {"turn_opened", "turn_stop"} <= {line["event"] for line in mine} else []

    found = await eventually(lines)
    assert [line["event"] for line in found if line.get("request_id") == name] == ["turn_opened"]
    assert all("request_id" not in line for line in found if line["process"] == "worker")
