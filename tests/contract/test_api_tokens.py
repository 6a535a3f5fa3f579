"""Users make API tokens, with which programs act for them until they are revoked or expire."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from chat import keys
from chat.api_token_records import digest_of
from tests.contract.conftest import ALLOWED_ORIGIN
from tests.contract.refusals import refused
from tests.contract.test_leaves_nothing import keys_about
from tests.support import guests as guest_tokens
from tests.support.client import Client
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.provider import Provider, providing
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

watched = stack_of(workers=0, auth_mode="guest", rate_limit_address="30/hour", rate_limit_user="8/hour")
"""An API that counts requests of users and addresses."""

short_lived = stack_of(workers=0, max_api_token_days="7", max_api_tokens_per_user="3")


async def made(user: Client, name: str = "a program", **more: Any) -> dict[str, Any]:
    response = await user.http.post("/me/tokens", json={"name": name, **more})
    assert response.status_code == 201, response.text
    return dict(response.json())


async def listed(user: Client) -> list[dict[str, Any]]:
    return list((await user.http.get("/me/tokens")).json()["tokens"])


async def is_refused(stack: Stack, token: str) -> dict[str, Any]:
    async with stack.client(token=token) as program:
        return refused(await program.http.get("/chat/sessions"), 401, "bad_token")


@pytest.fixture
async def guest(guests: Stack) -> AsyncIterator[Client]:
    user_id, token = guest_tokens.guest()
    async with guests.client(user_id, token=token) as user:
        yield user


async def test_a_program_asks_reads_and_stops_as_its_user(guests: Stack, guest: Client) -> None:
    token = (await made(guest))["token"]
    async with guests.client(token=token) as program:
        assert (await program.http.get("/me")).json()["user_id"] == guest.user_id
        session_id = await program.start()
        assert (await program.chat(session_id, "hello")).text == "You said: hello "
        file = await program.upload("notes.txt", b"some words")
        assert (await program.http.get(f"/files/{file['id']}")).status_code == 200
        turn_id = await program.ask(session_id, "again")
        assert (await program.http.post(f"/chat/turns/{turn_id}/cancel")).status_code == 200
    assert [each["session_id"] for each in (await guest.http.get("/chat/sessions")).json()["sessions"]] == [session_id]
    assert await guests.store.zscore(keys.GUESTS, guest.user_id)


async def test_the_token_is_shown_once_and_stored_nowhere(stack: Stack, user: Client) -> None:
    token = await made(user, "  Open WebUI ", scopes=["read"])
    text = token.pop("token")
    assert (len(text), text[:3], token["name"], token["scopes"]) == (46, "hf_", "Open WebUI", ["read"])
    assert await listed(user) == [token]
    assert await keys_about(stack.store, text) == set()
    assert await keys_about(stack.store, digest_of(text)) == {
        keys.api_token(digest_of(text)),
        keys.api_tokens(user.user_id),
    }


async def test_a_revoked_token_stops_working_at_once(stack: Stack, user: Client) -> None:
    first, second = await made(user, "first"), await made(user, "second")
    assert (await user.http.delete(f"/me/tokens/{first['id']}")).json() == {"id": first["id"]}
    detail = (await is_refused(stack, first["token"]))["detail"]
    assert [each["id"] for each in await listed(user)] == [second["id"]]
    refused(await user.http.delete(f"/me/tokens/{first['id']}"), 404, "unknown_api_token")
    for wrong in (
        "hf_",
        f"hf_{'A' * 43}",
        second["token"] + "A",
        f"hf_{second['token'][3:].swapcase()}",
        f"hf_{'x' * 4000}",
    ):
        assert (await is_refused(stack, wrong))["detail"] == detail


async def test_an_expired_token_stops_working(stack: Stack, user: Client) -> None:
    token = await made(user, expires_in=1)
    assert token["expires_at"] == pytest.approx(token["created_at"] + 1)

    async def is_over() -> bool:
        async with stack.client(token=token["token"]) as program:
            return (await program.http.get("/chat/sessions")).status_code == 401

    await eventually(is_over)
    await is_refused(stack, token["token"])
    assert [each["id"] for each in await listed(user)] == [token["id"]]
    assert (await user.http.delete(f"/me/tokens/{token['id']}")).status_code == 200


async def test_the_list_says_when_a_token_was_used(stack: Stack, user: Client) -> None:
    used, unused = await made(user), await made(user)
    async with stack.client(token=used["token"]) as program:
        for _ in range(3):
            await program.http.get("/chat/sessions")
    found = {each["id"]: each["last_used_at"] for each in await listed(user)}
    assert found[unused["id"]] is None
    assert found[used["id"]] == pytest.approx(used["created_at"], abs=240)


async def test_a_token_of_another_user_is_unknown(stack: Stack, user: Client) -> None:
    token = await made(user)
    async with stack.client() as other:
        refused(await other.http.delete(f"/me/tokens/{token['id']}"), 404, "unknown_api_token")
        assert await listed(other) == []
    assert [each["id"] for each in await listed(user)] == [token["id"]]


async def test_a_page_of_an_allowed_origin_may_use_a_token(facing: Stack) -> None:
    user_id, token = guest_tokens.guest()
    async with facing.client(user_id, token=token) as user:
        program = (await made(user))["token"]
    headers = {"Origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {program}"}
    async with httpx2.AsyncClient(base_url=facing.url, headers=headers) as page:
        started = await page.post("/chat/start")
        assert started.status_code == 200
        assert started.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
        assert (await page.get("/me")).json()["user_id"] == user_id


async def test_the_log_names_the_token_by_its_id(guests: Stack, guest: Client) -> None:
    token = await made(guest)
    async with guests.client(token=token["token"]) as program:
        turn_id = await program.ask(await program.start(), "hello")
    lines = [json.loads(line) for line in guests.logs().splitlines() if turn_id in line and "request_id" in line]
    assert token["id"] in {line.get("api_token") for line in lines}
    assert token["token"] not in guests.logs()


async def test_a_user_id_must_be_that_of_the_token(stack: Stack, user: Client) -> None:
    headers = {"Authorization": f"Bearer {(await made(user))['token']}"}
    async with httpx2.AsyncClient(base_url=stack.url, headers=headers) as http:
        assert (await http.get("/chat/sessions", params={"user_id": user.user_id})).status_code == 200
        refused(await http.get("/chat/sessions", params={"user_id": "somebody"}), 403, "wrong_user")


async def test_a_token_with_a_wrong_form_is_not_made(user: Client) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"name": ""}, {"name": "  "}, {"name": "n" * 101}, {"name": "a\nb"}, {"name": "a\x9fb"}, {"name": "a\u2028b"},
        {"scopes": []}, {"scopes": ["admin"]}, {"expires_in": 0}, {"expires_in": 10**12}, {"other": 1},
    )  # fmt: skip
    for each in wrong:
        refused(await user.http.post("/me/tokens", json={"name": "t", **each}), 422, "invalid_request")
    assert await listed(user) == []


async def test_all_tokens_are_revoked_with_everything(stack: Stack, user: Client) -> None:
    tokens = [(await made(user))["token"] for _ in range(3)]
    assert (await user.http.delete("/me/sessions", params={"confirm": "all"})).status_code == 200
    for token in tokens:
        await is_refused(stack, token)
    assert await listed(user) == []
    assert not await stack.store.exists(keys.api_tokens(user.user_id))


async def test_the_operators_limits_hold(short_lived: Stack) -> None:
    async with short_lived.client() as user:
        first = await made(user)
        assert first["expires_at"] == pytest.approx(first["created_at"] + 7 * 86_400)
        refused(await user.http.post("/me/tokens", json={"name": "t", "expires_in": 604_801}), 422, "invalid_request")
        await made(user)
        await made(user, expires_in=60)
        refused(await user.http.post("/me/tokens", json={"name": "t"}), 429, "too_many_api_tokens")
        answer = (await user.http.get("/me/tokens")).json()
        assert (answer["limit"], answer["max_days"], len(answer["tokens"])) == (3, 7, 3)
        record = keys.api_token(digest_of(first["token"]))
        await short_lived.store.execute_command("HSET", record, "created_at", str(first["created_at"] - 8 * 86_400))
        await is_refused(short_lived, first["token"])


async def test_uses_count_for_the_user_and_guesses_for_the_address(watched: Stack) -> None:
    user_id, token = guest_tokens.guest()
    async with watched.client(user_id, token=token) as user:
        program = (await made(user))["token"]
    async with watched.client(token=program) as client:
        statuses = [(await client.http.get("/chat/sessions")).status_code for _ in range(8)]
        assert statuses == [200] * 7 + [429]
        forbidden = await client.http.get("/me/tokens")
        assert forbidden.status_code == 429
    async with httpx2.AsyncClient(base_url=watched.url) as http:
        guesses = [await http.get("/me", headers={"Authorization": f"Bearer hf_{number:043}"}) for number in range(25)]
        assert [each.status_code for each in guesses] == [401] * 20 + [429] * 5
        refused(guesses[-1], 429, "rate_limited")


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture(scope="module")
async def members(redis_url: str, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> AsyncIterator[Stack]:
    """A stack that accepts the provider's tokens and API tokens."""
    folder = tmp_path_factory.mktemp("members")
    async with run_stack(database(redis_url), folder, workers=0, **provider.settings) as running:
        yield running


async def test_in_jwt_mode_a_token_speaks_for_its_member(members: Stack, provider: Provider) -> None:
    async with members.client("alice", token=provider.token("alice")) as alice:
        token = (await made(alice, scopes=["read"]))["token"]
        session_id = await alice.start()
    async with members.client(token=token) as program:
        assert (await program.http.get("/me")).json() == {"user_id": "alice", "auth_mode": "jwt"}
        sessions = (await program.http.get("/chat/sessions")).json()["sessions"]
        assert [each["session_id"] for each in sessions] == [session_id]
        assert (await program.http.get("/roles")).status_code == 200
        refused(await program.http.post("/chat/start"), 403, "token_forbidden")
    assert token not in members.logs()
