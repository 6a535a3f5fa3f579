"""Limits per address apply to all its guests together, so a new guest identity gains nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.contract.test_leaves_nothing import keys_about
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.keyspace import names
from tests.support.provider import providing
from tests.support.stack import Stack, run_stack

TURNS, GUESTS = 3, 6


shared = stack_of(workers=0, auth_mode="guest", trusted_proxies="127.0.0.1", max_active_turns_per_address=str(TURNS))
"""A stack without a worker, behind a trusted proxy, that allows few active turns per address."""


class Visitor:
    """A guest at an address, with a session."""

    def __init__(self, http: httpx2.AsyncClient, headers: dict[str, str], session_id: str) -> None:
        self._http = http
        self._headers = headers
        self.session_id = session_id

    async def ask(self, **more: str) -> httpx2.Response:
        body = {"session_id": self.session_id, "message": "hello from here"}
        return await self._http.post("/chat/turns", json=body, headers={**self._headers, **more})

    async def send(self, method: str, path: str, **query: str) -> httpx2.Response:
        return await self._http.request(method, path, params=query, headers=self._headers)


async def visitor(http: httpx2.AsyncClient, address: str) -> Visitor:
    forwarded = {"X-Forwarded-For": address}
    token = (await http.post("/auth/guest", headers=forwarded)).json()["token"]
    headers = {**forwarded, "Authorization": f"Bearer {token}"}
    session_id = (await http.post("/chat/start", headers=headers)).json()["session_id"]
    return Visitor(http, headers, session_id)


@pytest.fixture
async def http(shared: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=shared.url) as client:
        yield client


async def test_turns_of_all_guests_at_an_address_count_together(shared: Stack, http: httpx2.AsyncClient) -> None:
    here = [await visitor(http, "192.0.2.1") for _ in range(TURNS + 1)]
    for each in here[:TURNS]:
        assert (await each.ask()).status_code == 202
    response = await here[TURNS].ask()
    refused(response, 429, "too_many_turns_here")
    assert int(response.headers["retry-after"]) > 0
    query = {"session_id": here[TURNS].session_id, "message": "hello"}
    refused(await here[TURNS].send("GET", "/chat/stream", **query), 429, "too_many_turns_here")
    assert not await names(shared.store, shared.queue, match=f"*{here[TURNS].session_id}.*")
    assert 'limit="active_turns_per_address"' in (await http.get("/metrics")).text
    elsewhere = await visitor(http, "192.0.2.2")
    assert (await elsewhere.ask()).status_code == 202


async def test_a_turn_refused_by_address_takes_no_slot_of_its_user(shared: Stack, http: httpx2.AsyncClient) -> None:
    here = [await visitor(http, "192.0.2.3") for _ in range(TURNS + 1)]
    for each in here:
        await each.ask()
    user_id = (await here[TURNS].send("GET", "/me")).json()["user_id"]
    assert await shared.store.zrange(keys.active_turns(user_id), 0, -1) == []


async def test_a_repeated_request_gets_its_turn_at_a_full_address(
    http: httpx2.AsyncClient,
) -> None:
    here = [await visitor(http, "192.0.2.4") for _ in range(TURNS)]
    first = [(await each.ask(**{"Idempotency-Key": "mine"})).json()["turn_id"] for each in here]
    again = [(await each.ask(**{"Idempotency-Key": "mine"})).json()["turn_id"] for each in here]
    assert again == first


async def test_a_stopped_or_deleted_turn_frees_its_addresss_slot(shared: Stack, http: httpx2.AsyncClient) -> None:
    here = [await visitor(http, "192.0.2.5") for _ in range(TURNS + 2)]
    turns = [(await each.ask()).json()["turn_id"] for each in here[:TURNS]]
    await here[0].send("POST", f"/chat/turns/{turns[0]}/cancel")
    assert (await here[TURNS].ask()).status_code == 202
    await here[1].send("DELETE", f"/chat/sessions/{here[1].session_id}")
    assert await keys_about(shared.store, here[1].session_id) == set()
    assert (await here[TURNS + 1].ask()).status_code == 202


async def test_new_guests_per_address_are_limited_on_every_route(redis_url: str, tmp_path: Path) -> None:
    async with run_stack(
        database(redis_url), tmp_path, workers=0, auth_mode="guest", rate_limit_new_guests=f"{GUESTS}/hour"
    ) as stack:
        async with httpx2.AsyncClient(base_url=stack.url) as old:
            for number in range(GUESTS):
                way = (("POST", "/auth/guest"), ("GET", "/me"), ("POST", "/chat/start"))[number % 3]
                async with httpx2.AsyncClient(base_url=stack.url) as new:
                    assert (await new.request(*way)).status_code == 200
                    old.cookies.update(new.cookies)
            for way in (("POST", "/auth/guest"), ("GET", "/me"), ("POST", "/chat/start")):
                async with httpx2.AsyncClient(base_url=stack.url) as new:
                    response = await new.request(*way)
                refused(response, 429, "too_many_guests")
                assert 3500 <= int(response.headers["retry-after"]) <= 3600
                assert "set-cookie" not in response.headers
            for way in (("GET", "/me"), ("POST", "/chat/start")):
                assert (await old.request(*way)).status_code == 200
            assert 'limit="new_guests_per_address"} 3.0' in (await old.get("/metrics")).text


async def test_turns_of_members_do_not_count_for_their_address(redis_url: str, tmp_path: Path) -> None:
    async with providing() as provider:
        settings: dict[str, Any] = {**provider.settings, "max_active_turns_per_address": "1"}
        async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as stack:
            for name in ("alice", "bob"):
                async with stack.client(name, token=provider.token(name)) as user:
                    await user.ask(await user.start(), "hello from here")


async def test_loopback_in_trust_mode_has_no_address_limits(redis_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"rate_limit_new_guests": "1/hour", "max_active_turns_per_address": "1"}
    async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as stack:
        for _ in range(3):
            async with httpx2.AsyncClient(base_url=stack.url) as new:
                assert (await new.get("/me")).status_code == 200
            async with stack.client() as user:
                await user.ask(await user.start(), "hello from here")
