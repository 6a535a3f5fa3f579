"""How the web tier finds the APIs and avoids those that are gone."""

import asyncio
from pathlib import Path

import pytest

from launcher import ports
from tests.support.name_server import NameServer
from tests.support.stack import Stack
from tests.support.upstream import Upstream
from tests.support.waiting import eventually
from tests.support.web_tier import WebTier, run_web_tier

UNUSED = "127.0.0.2"
"""An address of this machine on which no test listens."""


async def test_replicas_are_found_by_dns_and_followed_as_it_changes(pair: Stack, tmp_path: Path) -> None:
    port = pair.url.rpartition(":")[2]
    settings = {"api_discovery": "dns", "api_host": "api.test.", "api_port": port, "api_seconds": "300ms"}
    async with NameServer(UNUSED).serve() as names:
        settings["api_dns"] = f"resolvers 127.0.0.1:{names.port}"
        async with run_web_tier(tmp_path, [], **settings) as tier, tier.client() as client:
            assert (await client.http.get("/roles")).status_code == 503
            names.addresses = ["127.0.0.1"]
            await eventually(lambda: _answers(tier))
            names.addresses = [UNUSED, "127.0.0.1"]  # one of two is dead, but no request fails
            asked = names.asked
            await eventually(lambda: _asked_again(names, tier, asked))
            answers = await asyncio.gather(*(client.http.get("/roles") for _ in range(20)))
            assert {answer.status_code for answer in answers} == {200}


async def _answers(tier: WebTier) -> bool:
    async with tier.client() as client:
        return (await client.http.get("/roles")).status_code == 200


async def _asked_again(names: NameServer, tier: WebTier, before: int) -> bool:
    return await _answers(tier) and names.asked > before


async def test_a_question_that_reached_no_api_goes_to_another(pair: Stack, tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{ports.free()}"
    async with run_web_tier(tmp_path, [gone, pair.url]) as tier, tier.client() as client:
        for _ in range(6):
            assert (await client.chat(await client.start(), "anybody there?")).text == "You said: anybody there? "


@pytest.mark.parametrize(
    ("method", "path", "again"),
    [("GET", "/roles", True), ("GET", "/chat/stream", False), ("GET", "/api/chat/stream", False),
     ("POST", "/chat/turns", False)],
)  # fmt: skip
async def test_a_request_is_resent_only_if_that_cannot_ask_twice(
    tmp_path: Path, method: str, path: str, again: bool
) -> None:
    async with (
        Upstream(answers=False).serve() as one,
        Upstream(answers=False).serve() as other,
        run_web_tier(tmp_path, [one.url, other.url], api_seconds="5s") as tier,
        tier.client() as client,
    ):
        response = await client.http.request(method, path)
        assert response.status_code == 503
        sent = len(one.heads) + len(other.heads)
        assert sent > 1 if again else sent == 1


async def test_refused_requests_do_not_mark_an_api_as_dead(pair: Stack, tmp_path: Path) -> None:
    """An API that closes the connection because of a too large body still counts as alive."""
    async with run_web_tier(tmp_path, [pair.url], api_seconds="100ms") as tier, tier.client() as client:
        for _ in range(20):
            too_large = await client.http.post("/chat/turns", content=b"x" * 1_000_000)
            assert too_large.status_code == 413
            assert (await client.http.get("/roles")).status_code == 200
