"""What all guests at one address may do together: nobody gets more by becoming somebody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.contract.test_leaves_nothing import traces
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.keyspace import names
from tests.support.provider import providing
from tests.support.stack import Stack, run_stack

TURNS, GUESTS = 3, 6


shared = stack_of(workers=0, auth_mode="guest", trusted_proxies="127.0.0.1", max_active_turns_per_address=str(TURNS))
"""A stack whose questions stay in the queue. Its proxy tells who asks, and it lets an address have a few turns."""


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
    came_from = {"X-Forwarded-For": address}
    token = (await http.post("/auth/guest", headers=came_from)).json()["token"]
    headers = {**came_from, "Authorization": f"Bearer {token}"}
    session_id = (await http.post("/chat/start", headers=headers)).json()["session_id"]
    return Visitor(http, headers, session_id)


@pytest.fixture
async def http(shared: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=shared.url) as client:
        yield client


async def test_an_addresss_turns_are_counted_together_whoever_asks(shared: Stack, http: httpx2.AsyncClient) -> None:
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


async def test_a_refused_turn_takes_none_of_its_users_places(shared: Stack, http: httpx2.AsyncClient) -> None:
    here = [await visitor(http, "192.0.2.3") for _ in range(TURNS + 1)]
    for each in here:
        await each.ask()
    user_id = (await here[TURNS].send("GET", "/me")).json()["user_id"]
    assert await shared.store.zrange(keys.active_turns(user_id), 0, -1) == []


async def test_what_was_asked_before_is_answered_for_though_the_address_has_no_place_left(
    http: httpx2.AsyncClient,
) -> None:
    here = [await visitor(http, "192.0.2.4") for _ in range(TURNS)]
    first = [(await each.ask(**{"Idempotency-Key": "mine"})).json()["turn_id"] for each in here]
    again = [(await each.ask(**{"Idempotency-Key": "mine"})).json()["turn_id"] for each in here]
    assert again == first


async def test_a_turn_that_was_stopped_or_deleted_gives_its_address_its_place_back(
    shared: Stack, http: httpx2.AsyncClient
) -> None:
    here = [await visitor(http, "192.0.2.5") for _ in range(TURNS + 2)]
    turns = [(await each.ask()).json()["turn_id"] for each in here[:TURNS]]
    await here[0].send("POST", f"/chat/turns/{turns[0]}/cancel")
    assert (await here[TURNS].ask()).status_code == 202
    await here[1].send("DELETE", f"/chat/sessions/{here[1].session_id}")
    assert await traces(shared.store, here[1].session_id) == set()
    assert (await here[TURNS + 1].ask()).status_code == 202


async def test_new_guests_are_few_for_one_address_on_every_way_in_and_old_ones_go_on(
    redis_url: str, tmp_path: Path
) -> None:
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


async def test_people_with_accounts_share_an_address_and_its_turns_are_not_counted(
    redis_url: str, tmp_path: Path
) -> None:
    async with providing() as provider:
        settings: dict[str, Any] = {**provider.settings, "max_active_turns_per_address": "1"}
        async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as stack:
            for name in ("alice", "bob"):
                async with stack.client(name, token=provider.token(name)) as user:
                    await user.ask(await user.start(), "hello from here")


async def test_on_one_machine_nobody_is_counted_as_an_address(redis_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"rate_limit_new_guests": "1/hour", "max_active_turns_per_address": "1"}
    async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as stack:
        for _ in range(3):
            async with httpx2.AsyncClient(base_url=stack.url) as new:
                assert (await new.get("/me")).status_code == 200
            async with stack.client() as user:
                await user.ask(await user.start(), "hello from here")
