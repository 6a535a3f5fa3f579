"""P82 to P84: what is set for a session, and personas of a user's own."""

from typing import Any

from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.user import User
from tests.conformance.verdicts import holds, same
from tests.conformance.versions import to_end

SET = {"instructions": "Count in words.", "temperature": 0.5, "max_tokens": 200}
NOTHING = dict.fromkeys(SET)
SAILOR = {"name": "Sailor", "prompt": "You are a sailor."}


async def shown(user: User, session_id: str) -> dict[str, Any]:
    """What the history says is set."""
    page = await user.history(session_id)
    return {name: page.get(name) for name in SET}


async def made(user: User) -> str:
    """A new persona's id."""
    answer = await user.request("POST", "/me/personas", json=SAILOR)
    same(answer.status_code, 201, "status of POST /me/personas")
    return str(answer.json()["id"])


async def roles(user: User) -> list[str]:
    return list((await user.json("GET", "/roles"))["roles"])


async def p82(server: Server) -> None:
    """What a `PATCH` of a session sets"""
    user = server.user
    session_id = await user.start()
    address = f"/chat/sessions/{session_id}"
    changed = await user.json("PATCH", address, json=SET)
    same({name: changed.get(name) for name in SET}, SET, "what the answer says is set")
    same(await shown(user, session_id), SET, "what the history says is set")
    for wrong in ({"temperature": 2.5}, {"max_tokens": 0}, {"instructions": "x" * 8001}):
        refused(await user.request("PATCH", address, json=wrong), 422, "invalid_request")
    same(await shown(user, session_id), SET, "what is set after refusals")
    await user.json("PATCH", address, json=NOTHING)
    same(await shown(user, session_id), NOTHING, "what is set after it was taken back")


async def p83(server: Server) -> None:
    """A persona that a user has made"""
    user, other = server.user, await server.visitors.another()
    before = await roles(user)
    persona_id = await made(user)
    try:
        same(await roles(user), [*before, persona_id], "the roles of its user")
        holds(persona_id not in await roles(other), "the roles of another user have it")
        session_id = str((await user.json("POST", "/chat/start", params={"role": persona_id}))["session_id"])
        same((await user.history(session_id))["role"], persona_id, "role of a session that began with it")
        refused(await other.request("GET", f"/me/personas/{persona_id}"), 404, "unknown_persona")
        refused(await other.request("POST", "/chat/start", params={"role": persona_id}), 422, "unknown_role")
    finally:
        await user.request("DELETE", f"/me/personas/{persona_id}")


async def p84(server: Server) -> None:
    """After a persona of the user's own is deleted"""
    user = server.user
    session_id, persona_id = await user.start(), await made(user)
    await to_end(user, await user.ask(session_id, server.question(), role=persona_id))
    await user.json("DELETE", f"/me/personas/{persona_id}")
    reply = (await user.messages(session_id))[-1]
    same((reply.get("persona"), reply.get("persona_name")), (persona_id, SAILOR["name"]), "persona of its reply")
    refused(await user.post(session_id, server.question(), role=persona_id), 422, "unknown_role")
    await to_end(user, await user.ask(session_id, server.question()))
    same(len(await user.messages(session_id)), 4, "messages after another question")
