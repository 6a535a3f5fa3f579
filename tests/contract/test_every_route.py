"""Every route refuses requests without a valid identity, and accepts those with one."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import jwt
import pytest

from tests.contract import routes
from tests.contract.refusals import refused
from tests.contract.routes import Route
from tests.contract.scenes import ALL_IDS, ROUTES, Scene, anonymous, bearer, is_accepted, is_success, scene_of
from tests.support.client import Client
from tests.support.databases import database
from tests.support.provider import AUDIENCE, Key, Provider, providing, sign, unsigned
from tests.support.stack import SECRET, Stack, run_stack

MISSING = "11111111-1111-4111-8111-111111111111"


def called_for(number: int, case: str) -> Sequence[Route]:
    """Returns the routes that a case is tried with.

    All of them without a token; each in one spelling with proof that does not count, and with an expired token; a part
    of them with other invalid tokens, because `Identity` refuses those for all routes.
    """
    if case == "no token":
        return ROUTES
    return routes.half(number) if case in (*NO_TOKEN, "expired") else routes.part(number)


def with_cookie(token: str) -> dict[str, Any]:
    return {"headers": {"Cookie": f"holdfast={token}; __Host-holdfast={token}"}}


def test_a_route_is_public_or_known_to_the_table() -> None:
    found = {routes.plain(route) for route in ROUTES}
    assert found == set(routes.PRIVATE)
    assert {("GET", "/chat/history"), ("GET", "/api/chat/history")} <= set(ROUTES)


# ── AUTH_MODE=jwt ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture(scope="module")
async def members(redis_url: str, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> AsyncIterator[Stack]:
    """A stack that accepts the provider's tokens only."""
    async with run_stack(database(redis_url), tmp_path_factory.mktemp("members"), **provider.settings) as running:
        yield running


@pytest.fixture(scope="module")
async def member_scene(members: Stack, provider: Provider) -> AsyncIterator[Scene]:
    async with members.client("owner", token=provider.token("owner")) as owner, anonymous(members) as http:
        yield await scene_of(members, owner, http)


def signed_by_public_key(provider: Provider) -> str:
    """Returns a token signed by HMAC with the public key as its secret."""
    claims = {"iss": provider.issuer, "aud": AUDIENCE, "sub": "owner", "exp": int(time.time()) + 300}
    parts = [{"alg": "HS256", "typ": "JWT", "kid": provider.key.kid}, claims]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    digest = hmac.new(provider.key.pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def forged(provider: Provider) -> str:
    other = Key()
    other.kid = provider.key.kid
    return provider.token("owner", other)


def claims_of(provider: Provider) -> dict[str, Any]:
    return dict(jwt.decode(provider.token("owner"), options={"verify_signature": False}))


def guest_token() -> str:
    now = int(time.time())
    return jwt.encode({"iss": "holdfast", "sub": "owner", "iat": now, "exp": now + 300}, SECRET, "HS256")


def changed(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["sub"] = "owner"
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{signature}"


HOUR = 3600
UNKNOWN_API_TOKEN = f"hf_{'A' * 43}"
NOT_MEMBERS: dict[str, Callable[[Provider], dict[str, Any]]] = {
    "no token": lambda _: {},
    "a user_id alone": lambda _: {"params": {"user_id": "owner"}},
    "right token as a cookie": lambda p: with_cookie(p.token("owner")),
    "an empty token": lambda _: {"headers": {"Authorization": "Bearer"}},
    "another scheme": lambda p: {"headers": {"Authorization": f"Basic {p.token('owner')}"}},
    "expired": lambda p: bearer(p.token("owner", exp=int(time.time()) - HOUR)),
    "not valid yet": lambda p: bearer(p.token("owner", nbf=int(time.time()) + HOUR)),
    "forged signature": lambda p: bearer(forged(p)),
    "changed token of another user": lambda p: bearer(changed(p.token("stranger"))),
    "no signature": lambda p: bearer(p.token("owner").rpartition(".")[0] + "."),
    "wrong audience": lambda p: bearer(p.token("owner", aud="another-application")),
    "wrong issuer": lambda p: bearer(p.token("owner", iss="https://idp.example.com")),
    "alg: none": lambda p: bearer(unsigned(claims_of(p))),
    "alg: none, known kid": lambda p: bearer(unsigned(claims_of(p), kid=p.key.kid)),
    "public key as secret": lambda p: bearer(signed_by_public_key(p)),
    "unknown kid": lambda p: bearer(p.token("owner", Key())),
    "algorithm not allowed": lambda p: bearer(p.token("owner", Key("ES384"))),
    "a guest's token": lambda _: bearer(guest_token()),
    "never expires": lambda p: bearer(p.token("owner", exp=None)),
    "no audience": lambda p: bearer(p.token("owner", aud=None)),
    "no issuer": lambda p: bearer(p.token("owner", iss=None)),
    "no subject": lambda p: bearer(p.token(None)),
    "blank subject": lambda p: bearer(p.token(" ")),
    "subject that is not text": lambda p: bearer(sign({**claims_of(p), "sub": "\ud800"}, p.key)),
    "subject too long": lambda p: bearer(p.token("a" * 256)),
    "garbage": lambda _: bearer("a.b.c"),
    "an unknown API token": lambda _: bearer(UNKNOWN_API_TOKEN),
}
NO_TOKEN = ("no token", "a user_id alone", "right token as a cookie")


@pytest.mark.parametrize(("number", "case"), list(enumerate(NOT_MEMBERS)))
async def test_in_jwt_mode_an_invalid_identity_is_refused(
    member_scene: Scene, provider: Provider, number: int, case: str
) -> None:
    code, challenge = ("bad_token", 'Bearer error="invalid_token"')
    if case in NO_TOKEN:
        code, challenge = ("no_identity", "Bearer")
    await member_scene.assert_all_refused(called_for(number, case), NOT_MEMBERS[case](provider), code, challenge)


async def test_in_jwt_mode_another_users_data_is_hidden(member_scene: Scene, provider: Provider) -> None:
    await are_hidden(member_scene, routes.half(0), bearer(provider.token("stranger")))


async def test_in_jwt_mode_a_valid_token_is_accepted(member_scene: Scene, provider: Provider) -> None:
    async with AsyncExitStack() as clients:

        async def begin(path: str) -> tuple[Scene, dict[str, Any]]:
            token = provider.token(f"owner for {path}")
            owner = await clients.enter_async_context(member_scene.stack.client(token=token))
            return await scene_of(member_scene.stack, owner, member_scene.http, path), bearer(token)

        async for response in accepted(routes.half(1), begin):
            assert "set-cookie" not in response.headers, response.request.url


async def accepted(
    called: Sequence[Route], begin: Callable[[str], Awaitable[tuple[Scene, dict[str, Any]]]]
) -> AsyncIterator[httpx2.Response]:
    """Yields the response of each route, which accepts the owner of a scene: one for all that read, else a new one."""
    unchanged, its_owner = await begin(ALL_IDS)
    for route in called:
        reads = route[0] == "GET" and routes.plain(route)[1] != "/chat/stream"
        scene, owner = (unchanged, its_owner) if reads else await begin(route[1])
        response = await scene.call(route, **owner)
        assert is_accepted(response), f"{routes.name(route)}: {response.status_code} {response.text}"
        yield response


# ── AUTH_MODE=guest ──────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def guest_of(stack: Stack) -> AsyncIterator[tuple[Client, str]]:
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        guest = (await http.post("/auth/guest")).json()
    async with stack.client(guest["user_id"], token=guest["token"]) as user:
        yield user, guest["token"]


@pytest.fixture(scope="module")
async def guest_scene(guests: Stack) -> AsyncIterator[Scene]:
    async with guest_of(guests) as (owner, _), anonymous(guests) as http:
        yield await scene_of(guests, owner, http)


def guest_claims(scene: Scene) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "holdfast", "sub": scene.owner.user_id, "iat": now, "exp": now + 300}


def signed(scene: Scene, secret: str = SECRET, algorithm: str = "HS256", **other: Any) -> str:
    claims = {name: value for name, value in {**guest_claims(scene), **other}.items() if value is not None}
    return jwt.encode(claims, secret, algorithm)


NOT_GUESTS: dict[str, Callable[[Scene], str]] = {
    "expired": lambda s: signed(s, exp=int(time.time()) - HOUR),
    "never expires": lambda s: signed(s, exp=None),
    "forged signature": lambda s: signed(s, "another-secret-9sXz4TnBf8RjHc5yGm"),
    "wrong issuer": lambda s: signed(s, iss="https://idp.example.com"),
    "alg: none": lambda s: unsigned(guest_claims(s)),
    "another algorithm": lambda s: jwt.encode(guest_claims(s), Key().private, "RS256"),
    "no signature": lambda s: signed(s).rpartition(".")[0] + ".",
    "garbage": lambda _: "a.b.c",
    "an unknown API token": lambda _: UNKNOWN_API_TOKEN,
}
NEWCOMERS = (("GET", "/me"), ("POST", "/chat/start"))


@pytest.mark.parametrize(("number", "case"), list(enumerate(NOT_GUESTS)))
async def test_in_guest_mode_an_invalid_bearer_token_is_refused(guest_scene: Scene, number: int, case: str) -> None:
    proof = bearer(NOT_GUESTS[case](guest_scene))
    called = called_for(number, case)
    await guest_scene.assert_all_refused(called, proof, "bad_token", 'Bearer error="invalid_token"')


@pytest.mark.parametrize(("number", "case"), list(enumerate(["no token", *NOT_GUESTS])))
async def test_in_guest_mode_an_invalid_cookie_gives_no_identity(guest_scene: Scene, number: int, case: str) -> None:
    proof = with_cookie(NOT_GUESTS[case](guest_scene)) if case in NOT_GUESTS else {}
    before = await guest_scene.owner.history(guest_scene.session_id)
    for route in dict.fromkeys((*called_for(number, case), *NEWCOMERS)):
        response = await guest_scene.call(route, **proof)
        if routes.plain(route) in NEWCOMERS:
            assert is_success(response), route
            assert guest_scene.owner.user_id not in response.text
            assert "set-cookie" in response.headers, route
        else:
            refused(response, 401, "no_identity")
            assert response.headers["www-authenticate"] == "Bearer"
    assert await guest_scene.owner.history(guest_scene.session_id) == before


async def test_in_guest_mode_another_guests_data_is_hidden(guest_scene: Scene) -> None:
    async with guest_of(guest_scene.stack) as (_, token):
        await are_hidden(guest_scene, routes.half(1), with_cookie(token))


async def test_in_guest_mode_a_valid_cookie_is_accepted(guest_scene: Scene) -> None:
    """A guest's bearer token is read as any other; here it makes the scenes."""
    async with AsyncExitStack() as guests:

        async def begin(path: str) -> tuple[Scene, dict[str, Any]]:
            owner, token = await guests.enter_async_context(guest_of(guest_scene.stack))
            return await scene_of(guest_scene.stack, owner, guest_scene.http, path), with_cookie(token)

        async for _ in accepted(routes.half(0), begin):
            pass


async def are_hidden(scene: Scene, called: Sequence[Route], proof: dict[str, Any]) -> None:
    """Asserts that each of these routes hides the scene's session from another user, and that none changes it."""
    before = await scene.owner.history(scene.session_id)
    for route in called:
        await is_hidden(scene, route, proof)
    assert await scene.owner.history(scene.session_id) == before


async def is_hidden(scene: Scene, route: Route, proof: dict[str, Any]) -> None:
    """Asserts that another user's session looks like a missing one, and that other routes show no owner data."""
    scene.http.headers["X-Request-ID"] = "the-same"
    response = await scene.call(route, **proof)
    assert scene.session_id not in response.text
    assert "words of a file" not in response.text
    assert f'"{scene.owner.user_id}"' not in response.text
    if routes.plain(route) in routes.WITHOUT_SESSION:
        assert is_success(response)
    else:
        turn_id = scene.turn_id.replace(scene.session_id, MISSING)
        missing = replace(
            scene,
            session_id=MISSING,
            turn_id=turn_id,
            file_id=routes.MISSING_FILE,
            persona_id=routes.MISSING_PERSONA,
            share_id=routes.MISSING_SHARE,
            api_token_id=routes.MISSING_API_TOKEN,
        )
        absent = await missing.call(route, **proof)
        assert (response.status_code, response.content) == (absent.status_code, absent.content)
        assert {**response.headers, "date": ""} == {**absent.headers, "date": ""}
        assert response.status_code == 404
