"""Requests are counted per user and address over all replicas, refused with Retry-After, then forgotten."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.keyspace import names
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

_numbers = count(1)

strict = stack_of(apis=2, workers=0, rate_limit_user="5/hour")
"""Two APIs that allow each user five requests per hour and do not limit addresses."""

brief = stack_of(workers=0, rate_limit_user="5/2 second")
"""An API that allows each user five requests in two seconds."""


counting = stack_of(workers=0, auth_mode="guest", rate_limit_address="3/hour", trusted_proxies="127.0.0.1,10.0.0.0/8")
"""An API that allows each address, as trusted proxies report it, three requests per hour."""


def new_address(network: str = "198.18") -> str:
    """Returns an address that no other test uses."""
    number = next(_numbers)
    return f"{network}.{number // 256}.{number % 256}"


async def test_a_user_over_the_rate_may_go_on_after_the_wait(brief: Stack) -> None:
    async with brief.client() as user:
        answers = [await user.http.get("/chat/sessions") for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}

        async def refusal() -> httpx2.Response | None:
            answer = await user.http.get("/chat/sessions")
            return answer if answer.status_code != 200 else None

        response = await eventually(refusal)
        assert response
        refused(response, 429, "rate_limited")
        wait = int(response.headers["retry-after"])
        assert 1 <= wait <= 3

        async def goes_on() -> bool:
            return (await user.http.get("/chat/sessions")).status_code == 200

        await eventually(goes_on)


async def test_a_users_requests_count_over_all_replicas_and_paths(strict: Stack) -> None:
    one, other = uuid4().hex, uuid4().hex
    async with strict.client(one) as here, strict.client(one, api=1) as there, strict.client(other, api=1) as stranger:
        answers = await asyncio.gather(
            *(client.http.get(path) for client in (here, there) for path in ("/roles", "/api/roles", "/me", "/models"))
        )
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
        assert (await stranger.http.get("/roles")).status_code == 200


async def test_health_metrics_and_the_page_are_not_counted(strict: Stack) -> None:
    async with strict.client() as user:
        for _ in range(6):
            for path in ("/health/live", "/metrics", "/"):
                assert (await user.http.get(path)).status_code == 200


async def test_metrics_name_the_limit_that_was_hit(strict: Stack) -> None:
    async with strict.client() as user:
        for _ in range(6):
            response = await user.http.get("/roles")
        refused(response, 429, "rate_limited")
        assert 'holdfast_limits_hit_total{limit="requests_per_user"}' in (await user.http.get("/metrics")).text


async def test_counts_are_bounded_by_the_rate_and_expire(brief: Stack) -> None:
    async with brief.client() as user:

        async def counts() -> list[str]:
            for _ in range(9):
                await user.http.get("/roles")
            return list(await names(brief.queue, match=f"{keys.RATES}*{keys.digest(user.user_id)}*"))

        (name,) = await eventually(counts)
        assert user.user_id not in name
        assert await brief.queue.execute_command("ZCARD", name) <= 5

    async def is_gone() -> bool:
        return not await brief.queue.exists(name)

    await eventually(is_gone)


async def test_requests_with_forged_tokens_count_for_their_address(redis_url: str, tmp_path: Path) -> None:
    url = database(redis_url)
    async with run_stack(url, tmp_path, workers=0, auth_mode="guest", rate_limit_address="4/hour") as stack:
        async with httpx2.AsyncClient(base_url=stack.url) as http:
            forged = [await http.get("/me", headers={"Authorization": f"Bearer {number}"}) for number in range(4)]
            assert [answer.status_code for answer in forged] == [401] * 4
            response = await http.post("/auth/guest")
            problem = refused(response, 429, "rate_limited")
            assert 3500 <= int(response.headers["retry-after"]) <= 3600
            assert response.headers["retry-after"] in problem["detail"]
            assert 'limit="requests_per_address"} 1.0' in (await http.get("/metrics")).text


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        ({"method": "POST", "url": "/chat/turns", "content": b"{"}, 400),
        ({"method": "POST", "url": "/api/chat/turns", "content": b"\xff"}, 400),
        ({"method": "POST", "url": "/chat/turns", "content": b"[" * 100_000}, 400),
        ({"method": "POST", "url": "/chat/start", "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"method": "POST", "url": "/chat/turns", "content": b"x" * 4_000_000}, 413),
        ({"method": "GET", "url": "/roles?x=%ff"}, 422),
        ({"method": "GET", "url": "/api/nothing"}, 404),
        ({"method": "PUT", "url": "/me"}, 405),
    ],
)
async def test_malformed_requests_count_for_their_address(
    counting: Stack, request_of: dict[str, Any], status: int
) -> None:
    async with httpx2.AsyncClient(base_url=counting.url, headers={"X-Forwarded-For": new_address()}) as http:
        request_of = {**request_of, "headers": {"Content-Type": "application/json", **request_of.get("headers", {})}}
        responses = [await http.request(**request_of) for _ in range(4)]
        assert [answer.status_code for answer in responses] == [status] * 3 + [429]
        refused(responses[-1], 429, "rate_limited")
        assert (await http.get("/health/live")).status_code == 200


@pytest.mark.parametrize("entry", ["unknown", "_hidden", "192.0.2.1, unknown", "visitor.example", ""])
async def test_a_forwarded_entry_without_address_counts_for_its_proxy(counting: Stack, entry: str) -> None:
    async with httpx2.AsyncClient(base_url=counting.url) as http:
        forwarded = {"X-Forwarded-For": f"{entry}, {new_address('10.0')}"}
        responses = [await http.get("/roles", headers=forwarded) for _ in range(4)]
        assert [answer.status_code for answer in responses] == [200] * 3 + [429]
        assert (await http.get("/roles", headers={"X-Forwarded-For": new_address()})).status_code == 200


@pytest.mark.parametrize("target", [b"*", b"//", b"/%2e%2e/me", b"http://127.0.0.1/me"])
async def test_unusual_request_targets_are_refused_without_an_error(guests: Stack, target: bytes) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        response = await http.request("OPTIONS", "/", extensions={"target": target})
        assert response.status_code in (400, 404, 405), response.text
