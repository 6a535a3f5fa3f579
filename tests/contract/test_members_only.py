"""With AUTH_MODE=jwt only members read about this server; system prompts are shown as the operator sets."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.contract.refusals import refused
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.provider import Key, Provider, providing
from tests.support.stack import Stack, run_stack

PATHS = ("/roles", "/api/roles", "/models", "/api/models", "/docs", "/openapi.json")
FIELDS = {"name", "icon", "description", "welcome"}

hidden_prompts = stack_of(workers=0, auth_mode="guest", show_prompts="false")
"""A stack for guests that does not show its system prompts."""


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture(scope="module")
async def members(redis_url: str, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("members")
    async with run_stack(database(redis_url), folder, workers=0, **provider.settings) as running:
        yield running


async def ask(stack: Stack, path: str, token: str = "", method: str = "GET", **query: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        return await http.request(method, path, headers=headers, params=query)


async def fields(stack: Stack, token: str = "") -> set[str]:
    """Returns the fields of the personas."""
    roles = (await ask(stack, "/roles", token)).json()["roles"]
    assert len(roles) == 3
    return {field for role in roles.values() for field in role}


@pytest.mark.parametrize("path", PATHS)
async def test_in_jwt_mode_descriptions_need_a_valid_token(members: Stack, provider: Provider, path: str) -> None:
    refused(await ask(members, path), 401, "no_identity")
    refused(await ask(members, path, user_id="somebody"), 401, "no_identity")
    for token in ("garbage", provider.token("somebody", Key()), provider.token("somebody", exp=1)):
        response = await ask(members, path, token)
        refused(response, 401, "bad_token")
        assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", PATHS)
async def test_in_jwt_mode_a_member_reads_the_descriptions(members: Stack, provider: Provider, path: str) -> None:
    assert (await ask(members, path, provider.token("somebody"))).status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/"])
async def test_in_jwt_mode_page_health_and_metrics_need_no_token(members: Stack, path: str) -> None:
    assert (await ask(members, path)).status_code == 200


async def test_in_jwt_mode_prompts_are_hidden_unless_enabled(
    redis_url: str, tmp_path: Path, members: Stack, provider: Provider
) -> None:
    assert await fields(members, provider.token("somebody")) == FIELDS
    settings = {**provider.settings, "show_prompts": "true"}
    async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as stack:
        assert await fields(stack, provider.token("somebody")) == {*FIELDS, "prompt"}


async def test_guests_see_prompts_unless_disabled(guests: Stack, hidden_prompts: Stack) -> None:
    assert await fields(guests) == {*FIELDS, "prompt"}
    assert await fields(hidden_prompts) == FIELDS


async def test_guests_read_the_descriptions_without_a_token(guests: Stack) -> None:
    for path in PATHS:
        assert (await ask(guests, path)).status_code == 200


async def test_the_openapi_document_marks_routes_that_need_a_token(
    members: Stack, provider: Provider, guests: Stack
) -> None:
    for_members = (await ask(members, "/openapi.json", provider.token("somebody"))).json()
    for_guests = (await ask(guests, "/openapi.json")).json()
    for path in ("/roles", "/models"):
        assert for_members["paths"][path]["get"]["security"] == [{"bearer": []}]
        assert for_guests["paths"][path]["get"]["security"] == [{"bearer": []}, {"cookie": []}, {}]
