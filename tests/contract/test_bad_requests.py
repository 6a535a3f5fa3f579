"""Requests with malformed bodies, parameters, paths or methods are refused and store nothing."""

import json
from typing import Any

import pytest

from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.stack import Stack

BROKEN_JSON = {
    "nothing": b"",
    "cut": b'{"session_id": ',
    "no JSON": b"hello",
    "not UTF-8": b'{"session_id": "\xff\xfe"}',
    "single quotes": b"{'session_id': 'x'}",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("raw", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
async def test_a_body_that_is_not_json_is_refused(stack: Stack, user: Client, session_id: str, raw: bytes) -> None:
    async with nothing_stored(stack, user, session_id):
        for method, path in (("POST", "/chat/turns"), ("PATCH", f"/chat/sessions/{session_id}")):
            response = await user.http.request(method, path, content=raw, headers={"Content-Type": "application/json"})
            if raw:
                refused(response, 400, "invalid_json")
            else:
                refused(response, 422, "invalid_request")


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"1", b"null", b"true", b"{}"])
async def test_json_of_a_wrong_shape_is_refused(stack: Stack, user: Client, session_id: str, raw: bytes) -> None:
    async with nothing_stored(stack, user, session_id):
        for method, path in (("POST", "/chat/turns"), ("PATCH", f"/chat/sessions/{session_id}")):
            response = await user.http.request(method, path, content=raw, headers={"Content-Type": "application/json"})
            refused(response, 422, "invalid_request")


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, 1, None, ["x"], "\ud800"])
async def test_an_invalid_title_is_refused(stack: Stack, user: Client, session_id: str, title: Any) -> None:
    async with nothing_stored(stack, user, session_id):
        response = await user.http.patch(
            f"/chat/sessions/{session_id}",
            content=json.dumps({"title": title}),
            headers={"Content-Type": "application/json"},
        )
        refused(response, 422, "invalid_request")


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_an_idempotency_key_of_invalid_length_is_refused(
    stack: Stack, user: Client, session_id: str, key: str
) -> None:
    async with nothing_stored(stack, user, session_id):
        response = await user.http.post(
            "/chat/turns", json={"session_id": session_id, "message": "x"}, headers={"Idempotency-Key": key}
        )
        refused(response, 422, "invalid_request")


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "1.5"}, {"limit": ""},
     {"offset": "-1"}, {"offset": "x"}, {"offset": "9" * 30}, {"limit": "\0"}],
)  # fmt: skip
async def test_an_invalid_limit_or_offset_is_refused(user: Client, query: dict[str, str]) -> None:
    refused(await user.http.get("/chat/sessions", params=query), 422, "invalid_request")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/chat", "/chat/turns/a/b/c", "/api",
                                  "/5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f/x",
                                  "/%00", "/%2e%2e/%2e%2e/etc/passwd", "/" + "a" * 3000, "/%ff",
                                  "/assets/x%00y"])  # fmt: skip
async def test_an_unknown_path_is_not_found(user: Client, path: str) -> None:
    refused(await user.http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/chat/start"), ("GET", "/api/chat/start"), ("PUT", "/chat/turns"), ("GET", "/chat/turns"),
     ("POST", "/roles"), ("DELETE", "/health/live"), ("POST", "/api/chat/history"), ("PATCH", "/me")],
)  # fmt: skip
async def test_a_wrong_method_is_not_allowed(user: Client, method: str, path: str) -> None:
    response = await user.http.request(method, path)
    refused(response, 405, "method_not_allowed")
    assert response.headers["allow"]
