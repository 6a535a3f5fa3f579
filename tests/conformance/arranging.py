"""P85 to P92: the list of sessions, and votes on replies."""

from collections.abc import Container
from typing import Any
from uuid import uuid4

from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.user import User
from tests.conformance.verdicts import same
from tests.conformance.ways import EVENTS


async def listed(user: User, among: Container[str], **query: str) -> list[str]:
    """Those of the given sessions that the newest part of the list has with this query, in its order."""
    found = await user.json("GET", "/chat/sessions", params={"limit": "100", **query})
    return [session["session_id"] for session in found["sessions"] if session["session_id"] in among]


async def change(user: User, session_id: str, **marks: Any) -> dict[str, Any]:
    return await user.json("PATCH", f"/chat/sessions/{session_id}", json=marks)


async def three(server: Server) -> tuple[User, list[str]]:
    """Three new sessions, newest activity first."""
    return server.user, [await server.user.start() for _ in range(3)][::-1]


async def p85(server: Server) -> None:
    """Pinned sessions come first"""
    user, mine = await three(server)
    newest, middle, oldest = mine
    same(await listed(user, mine), mine, "the list")
    for session_id in (oldest, middle):
        same((await change(user, session_id, pinned=True))["pinned"], True, "pinned of the answer")
    same(await listed(user, mine), [middle, oldest, newest], "the list with two pinned sessions")
    await change(user, middle, pinned=False)
    same(await listed(user, mine), [oldest, newest, middle], "the list after one was unpinned")
    await change(user, oldest, pinned=False)


async def p86(server: Server) -> None:
    """An archived session is listed"""
    user, mine = await three(server)
    newest, middle, oldest = mine
    total = (await user.json("GET", "/chat/sessions"))["total"]
    same((await change(user, middle, archived=True))["archived"], True, "archived of the answer")
    same(await listed(user, mine), [newest, oldest], "the list without the archived session")
    same((await user.json("GET", "/chat/sessions"))["total"], total - 1, "total of the list without it")
    same(await listed(user, mine, archived="true"), [middle], "the archived ones")
    same((await user.history(middle))["archived"], True, "archived of the history")
    await change(user, middle, archived=False)
    same(await listed(user, mine), mine, "the list after it was taken out of the archive")


async def p87(server: Server) -> None:
    """A session is never both pinned and archived"""
    user, (session_id, *_) = await three(server)
    await change(user, session_id, pinned=True)
    found = await change(user, session_id, archived=True)
    same((found["pinned"], found["archived"]), (False, True), "pinned and archived of an archived one")
    found = await change(user, session_id, pinned=True)
    same((found["pinned"], found["archived"]), (True, False), "pinned and archived of a pinned one")
    both = {"pinned": True, "archived": True}
    refused(await user.request("PATCH", f"/chat/sessions/{session_id}", json=both), 422, "invalid_request")


async def p88(server: Server) -> None:
    """A new question takes its session out of the archive"""
    ended = await server.new_ended(EVENTS)
    await change(server.user, ended.session_id, archived=True, tags=["kept"])
    await server.new_ended(EVENTS, session_id=ended.session_id)
    history = await server.user.history(ended.session_id)
    same((history["archived"], history["tags"]), (False, ["kept"]), "archived and tags after the question")
    same(await listed(server.user, [ended.session_id], archived="true"), [], "the archived ones after the question")


async def p89(server: Server) -> None:
    """`tags` replaces the tags of a session"""
    user, mine = await three(server)
    newest, middle, oldest = mine
    one, two = f"a {uuid4().hex[:8]}", f"b {uuid4().hex[:8]}"
    found = await change(user, oldest, tags=[two, f" {one.replace(' ', '   ')} ", two])
    same(found["tags"], [two, one], "tags of the answer")
    await change(user, newest, tags=[two])
    await change(user, middle, tags=[two], archived=True)
    same(await listed(user, mine, tag=one), [oldest], "the sessions with a tag")
    same(await listed(user, mine, tag=two), [newest, oldest], "the sessions with another tag")
    same(await listed(user, mine, tag=two, archived="true"), [middle], "the archived ones with it")
    same(await counts(user, one, two), [(one, 1, 0), (two, 2, 1)], "the tags with their numbers")
    for session_id in mine:
        await change(user, session_id, tags=[])
    same(await counts(user, one, two), [], "the tags after they were removed")


async def counts(user: User, *tags: str) -> list[tuple[str, int, int]]:
    """Each of these tags that there is, with the numbers of its sessions."""
    found = (await user.json("GET", "/me/tags"))["tags"]
    return [(each["tag"], each["sessions"], each["archived"]) for each in found if each["tag"] in tags]


async def p90(server: Server) -> None:
    """A search finds archived sessions, too"""
    ended = await server.new_ended(EVENTS)
    for archived in (False, True):
        await change(server.user, ended.session_id, archived=archived)
        body = {"query": ended.question[-13:-1]}
        found = (await server.user.json("POST", "/chat/search", json=body))["results"]
        kinds = {each["archived"] for each in found if each["session_id"] == ended.session_id}
        same(kinds, {archived}, "archived of what was found")


async def p91(server: Server) -> None:
    """A vote belongs to one version of a reply"""
    ended, vote = await server.new_ended(EVENTS), {"vote": "down", "text": "Too long."}
    user, session_id = server.user, ended.session_id
    first = (await user.messages(session_id))[-1]["id"]
    path = f"/chat/sessions/{session_id}/messages/{first}/feedback"
    same(await user.json("PUT", path, json=vote), {"session_id": session_id, "message_id": first, **vote}, "the answer")
    turn_id = await user.ask(session_id, replace_from=first)
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.to_end()
    same((await user.messages(session_id))[-1].get("feedback"), None, "feedback on the other version")
    same((await user.messages(session_id, branch=first))[-1].get("feedback"), vote, "feedback on the version")
    await user.json("PUT", path, json={"vote": "up"})
    found = (await user.messages(session_id, branch=first))[-1].get("feedback")
    same(found, {"vote": "up", "text": ""}, "feedback after another vote")
    same((await user.json("DELETE", path))["vote"], None, "vote of the answer")
    same((await user.messages(session_id, branch=first))[-1].get("feedback"), None, "feedback that was taken back")


async def p92(server: Server) -> None:
    """Only a reply can be voted on"""
    ended = await server.ended(EVENTS)
    question, reply = [each["id"] for each in await server.user.messages(ended.session_id)][:2]
    path = f"/chat/sessions/{ended.session_id}/messages"
    for method, body in (("PUT", {"vote": "up"}), ("DELETE", None)):
        refused(await server.user.request(method, f"{path}/{question}/feedback", json=body), 409, "not_a_reply")
        refused(await server.user.request(method, f"{path}/missing/feedback", json=body), 404, "unknown_message")
    for odd in ({"vote": "maybe"}, {"vote": "up", "text": "x" * 501}, {}):
        refused(await server.user.request("PUT", f"{path}/{reply}/feedback", json=odd), 422, "invalid_request")
