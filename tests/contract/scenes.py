"""One user's data of every kind, and a client that calls any route for it with any proof of identity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.contract import routes
from tests.contract.refusals import nothing_stored, refused
from tests.contract.routes import Route
from tests.support.client import Client
from tests.support.stack import Stack

ROUTES = routes.private()
TURNS = (routes.TURN, routes.MESSAGE, routes.RESPONSE, "/shares")
"""Parts of the paths of the routes that need a turn with its reply."""

ALL_IDS = routes.TURN + routes.FILE + routes.PERSONA + routes.SHARE + routes.API_TOKEN


@dataclass
class Scene:
    """A stack, and one user's session with an ended turn, a file, an own persona, a share link and an API token."""

    stack: Stack
    owner: Client
    http: httpx2.AsyncClient
    session_id: str
    turn_id: str
    file_id: str
    persona_id: str
    share_id: str
    api_token_id: str

    async def call(self, route: Route, **proof: Any) -> httpx2.Response:
        """Calls the route with this proof of identity only."""
        self.http.cookies.clear()
        ids = self.session_id, self.turn_id, self.file_id, self.persona_id, self.share_id, self.api_token_id
        return await routes.call(self.http, route, *ids, **proof)

    async def assert_all_refused(
        self, called: Sequence[Route], proof: dict[str, Any], code: str, challenge: str
    ) -> None:
        """Asserts that each of these routes refuses the proof and that nothing is stored."""
        async with nothing_stored(self.stack, self.owner, self.session_id):
            for route in called:
                response = await self.call(route, **proof)
                refused(response, 401, code)
                assert response.headers["www-authenticate"] == challenge, route
                assert "set-cookie" not in response.headers, route


async def scene_of(stack: Stack, owner: Client, http: httpx2.AsyncClient, path: str = ALL_IDS) -> Scene:
    """Returns a scene for calls of `path`: with a turn, a file, a persona, a link and a token only if it needs them."""
    session_id = await owner.start()
    turn_id = f"{session_id}.1"
    if any(part in path for part in TURNS):
        turn_id = await owner.ask(session_id, "hello")
        await owner.follow(turn_id)
    file_id, persona_id = routes.MISSING_FILE, routes.MISSING_PERSONA
    share_id, api_token_id = routes.MISSING_SHARE, routes.MISSING_API_TOKEN
    if routes.FILE in path:
        file_id = (await owner.upload("notes.txt", b"words of a file"))["id"]
    if routes.PERSONA in path:
        persona_id = (await owner.http.post("/me/personas", json=routes.SAILOR)).json()["id"]
    if routes.SHARE in path:
        share = await owner.http.post(f"/chat/sessions/{session_id}/shares", json={"kind": "frozen"})
        share_id = share.json()["share_id"]
    if routes.API_TOKEN in path:
        api_token_id = (await owner.http.post("/me/tokens", json={"name": "a program"})).json()["id"]
    return Scene(stack, owner, http, session_id, turn_id, file_id, persona_id, share_id, api_token_id)


def anonymous(stack: Stack) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=stack.url)


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def is_success(response: httpx2.Response) -> bool:
    return response.status_code in (200, 201, 202, 204)


def is_accepted(response: httpx2.Response) -> bool:
    """Whether the caller was recognized as the owner. The turn of a scene has ended, so it neither changes nor asks."""
    is_refused = response.status_code in (404, 409) and response.json()["code"] in ("not_waiting", "unknown_approval")
    return is_success(response) or is_refused
