"""What API tokens may do: on every route, for both scopes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.auth import scopes
from tests.contract import routes
from tests.contract.refusals import nothing_stored, refused
from tests.contract.routes import Route
from tests.contract.scenes import ROUTES, Scene, anonymous, bearer, is_success, scene_of
from tests.support.stack import Stack

OPEN = {
    ("GET", "/roles"),
    ("GET", "/models"),
    ("POST", "/auth/guest"),
    ("GET", "/shares/{link_id}"),
    ("GET", "/shares/{link_id}/files/{file_id}"),
}
"""The public routes that look at a token where a request has one."""


def named(route: Route) -> str:
    return routes.name(routes.plain(route))


def user_routes() -> set[str]:
    """Returns every route that knows its user, also the one that only `make run` adds."""
    found = routes.every(Path("socket"))
    without_user = routes.PUBLIC - OPEN
    return {named(each) for each in found if routes.plain(each) not in without_user and not routes.is_page(each)}


@pytest.fixture(scope="module")
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    async with stack.client() as owner, anonymous(stack) as http:
        yield await scene_of(stack, owner, http)


async def token_of(scene: Scene, *given: str) -> str:
    made = await scene.owner.http.post("/me/tokens", json={"name": "t", "scopes": given})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def test_every_route_decides_about_tokens_once() -> None:
    decided = [*scopes.READS, *scopes.CHANGES, *scopes.CLOSED]
    assert len(decided) == len(set(decided))
    assert set(decided) == user_routes()


def test_what_may_change_something_is_not_for_readers() -> None:
    assert {each for each in scopes.READS if not each.startswith("GET ")} == {"POST /chat/search"}
    assert {each for each in scopes.CHANGES if each.startswith("GET ")} == {"GET /chat/stream"}


async def test_a_read_token_reads_and_changes_nothing(scene: Scene) -> None:
    token = await token_of(scene, "read")
    async with nothing_stored(scene.stack, scene.owner, scene.session_id):
        for route in ROUTES:
            response = await scene.call(route, **bearer(token))
            if named(route) in scopes.READS:
                assert is_success(response), (route, response.text)
            else:
                needs = "may only read" if named(route) in scopes.CHANGES else "your own sign-in"
                refusal = refused(response, 403, "token_forbidden")
                assert needs in (refusal.get("detail") or refusal["message"]), route
            assert "set-cookie" not in response.headers


async def test_a_chat_token_does_all_but_what_is_closed(scene: Scene) -> None:
    token = await token_of(scene, "chat")
    for route in ROUTES:
        if named(route) in scopes.CLOSED:
            refused(await scene.call(route, **bearer(token)), 403, "token_forbidden")
        elif named(route) in scopes.READS:
            assert is_success(await scene.call(route, **bearer(token))), route
        else:
            missing = await routes.call(scene.http, route, MISSING, f"{MISSING}.1", **bearer(token))
            assert is_success(missing) or missing.status_code == 404, (route, missing.text)


async def test_a_token_makes_no_guests(scene: Scene) -> None:
    token = await token_of(scene, "chat", "read")
    refused(await scene.http.post("/auth/guest", **bearer(token)), 403, "token_forbidden")
    for path in ("/roles", "/models"):
        assert is_success(await scene.http.get(path, **bearer(token)))


MISSING = "11111111-1111-4111-8111-111111111111"
