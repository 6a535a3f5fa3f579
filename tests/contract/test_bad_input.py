"""Bad input is refused with a problem document that explains it, and stores nothing."""

import json
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.stack import Stack

STRANGE_IDS = {
    "short": "abc",
    "empty": "",
    "blank": " ",
    "missing": "11111111-1111-4111-8111-111111111111",
    "upper case": "{sid:upper}",
    "colon": "{sid}:session",
    "brace": "{{{sid}}}",
    "newline": "{sid}\n",
    "NUL": "{sid}\0",
    "star": "*",
    "dots": "../../etc/passwd",
    "encoded": "%7Bx%7D",
    "line separator": "{sid}\u2028",
    "unicode digits": "１１１１１１１１-1111-4111-8111-111111111111",
    "emoji": "😀",
    "long": "a" * 5000,
}
IDS = pytest.mark.parametrize("strange", STRANGE_IDS.values(), ids=STRANGE_IDS.keys())


def filled_in(strange: str, session_id: str) -> str:
    return strange.replace("{sid:upper}", session_id.upper()).replace("{sid}", session_id)


@IDS
async def test_a_strange_session_id_is_an_unknown_session(
    stack: Stack, user: Client, session_id: str, strange: str
) -> None:
    name = filled_in(strange, session_id)
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.get("/chat/history", params={"session_id": name}),
            await user.http.get("/chat/stream", params={"session_id": name, "message": "hi"}),
            await user.post_turn(name, "hi"),
        ):
            refused(response, 404, "unknown_session")


@pytest.mark.parametrize("strange", [name for name in STRANGE_IDS.values() if name not in ("", "../../etc/passwd")])
async def test_a_strange_session_id_in_a_path_is_an_unknown_session(
    stack: Stack, user: Client, session_id: str, strange: str
) -> None:
    name = "/" + quote(filled_in(strange, session_id), safe="")
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.delete(f"/chat/history{name}"),
            await user.http.delete(f"/chat/session{name}"),
            await user.http.delete(f"/api/chat/sessions{name}"),
            await user.http.patch(f"/chat/sessions{name}", json={"title": "x"}),
        ):
            refused(response, 404, "unknown_session")


STRANGE_TURNS = ["x", "{sid}", "{sid}.", "{sid}.0", "{sid}.01", "{sid}.1", "{sid}.1.1", "{sid}.-1", "{sid}.1%0A",
                 "{sid}.%00", "{sid}.1:log", "{sid}." + "9" * 30, "%7B{sid}%7D.1", "{sid}.١", "😀"]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE_TURNS)
async def test_a_strange_turn_id_is_an_unknown_turn(stack: Stack, user: Client, session_id: str, strange: str) -> None:
    path = "/chat/turns/" + filled_in(strange, session_id)
    async with nothing_stored(stack, user, session_id):
        refused(await user.http.get(path), 404, "unknown_turn")
        refused(await user.http.get(path + "/events"), 404, "unknown_turn")
        refused(await user.http.post(path + "/cancel"), 404, "unknown_turn")


MESSAGES = {
    "empty": ("", "message_empty"),
    "blank": (" \n\t\u3000", "message_empty"),
    "one too long": ("x" * 32_001, "message_too_long"),
    "one too long in emoji": ("😀" * 32_001, "message_too_long"),
}


@pytest.mark.parametrize(("message", "code"), MESSAGES.values(), ids=MESSAGES.keys())
async def test_an_empty_or_too_long_message_is_refused(
    stack: Stack, user: Client, session_id: str, message: str, code: str
) -> None:
    async with nothing_stored(stack, user, session_id):
        refused(await user.post_turn(session_id, message), 422, code)
        if len(message) < 30_000:
            query = {"session_id": session_id, "message": message}
            refused(await user.http.get("/chat/stream", params=query), 422, code)


async def test_a_message_of_exactly_the_limit_is_accepted(user: Client, session_id: str) -> None:
    transcript = await user.chat(session_id, "x" * 32_000)
    assert transcript.text == f"You said: {'x' * 32_000} "


async def test_a_stream_without_a_message_is_refused(stack: Stack, user: Client, session_id: str) -> None:
    async with nothing_stored(stack, user, session_id):
        refused(await user.http.get("/chat/stream", params={"session_id": session_id}), 422, "message_empty")


BODIES: dict[str, tuple[Any, str]] = {
    "unknown role": ({"role": "pirate"}, "unknown_role"),
    "empty role": ({"role": ""}, "unknown_role"),
    "strange role": ({"role": "a\0{}:\n"}, "unknown_role"),
    "unknown model": ({"model": "gpt-99"}, "unknown_model"),
    "role of a wrong type": ({"role": 1}, "invalid_request"),
    "message of a wrong type": ({"message": ["hi"]}, "invalid_request"),
    "message that is a number": ({"message": 1}, "invalid_request"),
    "session of a wrong type": ({"session_id": 1}, "invalid_request"),
    "session that is null": ({"session_id": None}, "invalid_request"),
    "extra field": ({"more": 1}, "invalid_request"),
    "extra field of a lone surrogate": ({"\ud800": 1}, "invalid_request"),
    "lone surrogate as message": ({"message": "a\ud800b"}, "invalid_request"),
    "lone surrogate as role": ({"role": "\udfff"}, "unknown_role"),
    "lone surrogate to replace": ({"replace_from": "\udfff"}, "invalid_request"),
    "lone surrogate as model": ({"model": "\ud800"}, "unknown_model"),
    "long name to replace": ({"replace_from": "x" * 65}, "invalid_request"),
    "wrong type to replace": ({"replace_from": {}}, "invalid_request"),
}


@pytest.mark.parametrize(("change", "code"), BODIES.values(), ids=BODIES.keys())
async def test_a_body_with_an_invalid_field_is_refused(
    stack: Stack, user: Client, session_id: str, change: dict[str, Any], code: str
) -> None:
    body = json.dumps({"session_id": session_id, "message": "hi", **change})
    async with nothing_stored(stack, user, session_id):
        response = await user.http.post("/chat/turns", content=body, headers={"Content-Type": "application/json"})
        problem = refused(response, 422, code)
    if code == "invalid_request":
        assert all(found["where"] and found["message"] for found in problem.get("errors", [{"where": 1, "message": 1}]))


async def test_a_lone_surrogate_as_session_id_is_an_unknown_session(
    stack: Stack, user: Client, session_id: str
) -> None:
    body = json.dumps({"session_id": "\udfff", "message": "hi"})
    async with nothing_stored(stack, user, session_id):
        response = await user.http.post("/chat/turns", content=body, headers={"Content-Type": "application/json"})
        refused(response, 404, "unknown_session")


async def test_replacing_a_message_with_an_empty_id_is_refused(stack: Stack, user: Client, session_id: str) -> None:
    async with nothing_stored(stack, user, session_id):
        refused(await user.post_turn(session_id, "hi", replace_from=""), 422, "invalid_request")


@pytest.mark.parametrize("unknown", ["0" * 32, "x", "\0", "{}", "😀"])
async def test_replacing_an_unknown_message_is_refused(
    stack: Stack, user: Client, session_id: str, unknown: str
) -> None:
    await user.chat(session_id, "hello")
    async with nothing_stored(stack, user, session_id):
        refused(await user.post_turn(session_id, "hi", replace_from=unknown), 404, "unknown_message")


@pytest.mark.parametrize("role", ["pirate", "", "\0", "Assistant"])
async def test_a_start_or_stream_with_an_unknown_role_is_refused(
    stack: Stack, user: Client, session_id: str, role: str
) -> None:
    async with nothing_stored(stack, user, session_id):
        refused(await user.http.post("/chat/start", params={"role": role}), 422, "unknown_role")
        query = {"session_id": session_id, "message": "x", "role": role}
        refused(await user.http.get("/chat/stream", params=query), 422, "unknown_role")


@pytest.mark.parametrize(
    "user_id", ["", " ", "a b", "a\n", "a\0", "{a}", "a:b", "*", "x" * 129, "😀", "a/b", "a\u2028"]
)
async def test_a_strange_user_id_is_refused(stack: Stack, user: Client, session_id: str, user_id: str) -> None:
    body = {"session_id": session_id, "message": "x"}
    async with nothing_stored(stack, user, session_id), httpx2.AsyncClient(base_url=stack.url) as http:
        query = {"user_id": user_id}
        refused(await http.post("/chat/start", params=query), 422, "invalid_request")
        refused(await http.get("/chat/sessions", params=query), 422, "invalid_request")
        refused(await http.post("/chat/turns", params=query, json=body), 422, "invalid_request")


async def test_missing_parameters_are_refused(user: Client) -> None:
    for path in ("/chat/history", "/chat/stream"):
        refused(await user.http.get(path), 422, "invalid_request")


async def test_another_users_session_is_unknown_and_unchanged(stack: Stack, user: Client, session_id: str) -> None:
    await user.chat(session_id, "mine")
    async with nothing_stored(stack, user, session_id), stack.client() as stranger:
        refused(await stranger.post_turn(session_id, "hi"), 404, "unknown_session")
        refused(await stranger.http.delete(f"/chat/history/{session_id}"), 404, "unknown_session")
