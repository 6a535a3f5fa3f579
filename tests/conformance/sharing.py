"""P93 to P96: share links."""

from typing import Any

import httpx2

from tests.conformance.led import led
from tests.conformance.refusals import refused
from tests.conformance.server import Server
from tests.conformance.user import User
from tests.conformance.verdicts import NotTested, holds, same
from tests.conformance.versions import to_end
from tests.conformance.ways import EVENTS

UNKNOWN = "0" * 40
OF_SHARED = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


async def shared(user: User, session_id: str, kind: str, days: int | None = 1) -> tuple[str, dict[str, Any]]:
    """A new link of the session: the path that reads it, and what its owner gets."""
    if not (await user.json("GET", "/models")).get("can_share"):
        raise NotTested("the server makes no share links")
    answer = await user.request("POST", f"/chat/sessions/{session_id}/shares", json={"kind": kind, "days": days})
    same(answer.status_code, 201, "status of POST …/shares")
    made = dict(answer.json())
    return made["path"].replace("/share/", "/shares/"), made


async def read(server: Server, path: str, **query: str) -> dict[str, Any]:
    """What a reader without an identity gets."""
    return await server.anonymous.json("GET", path, params=query)


def said(page: dict[str, Any]) -> list[tuple[str, str]]:
    """Who has written what in a page, of a link or of a history."""
    return [(each["role"], each["content"]) for each in page["messages"]]


async def p93(server: Server) -> None:
    """A `frozen` link shows the branch as it was"""
    user, ended = server.user, await server.new_ended(EVENTS)
    before = await user.history(ended.session_id)
    path, made = await shared(user, ended.session_id, "frozen")
    same(made["expires_at"] - made["created_at"], 86_400, "seconds until it expires")
    first = before["messages"][0]["id"]
    await to_end(user, await user.ask(ended.session_id, server.question()))
    await to_end(user, await user.ask(ended.session_id, server.question(), replace_from=first))
    await user.json("PATCH", f"/chat/sessions/{ended.session_id}", json={"title": "renamed"})
    page = await read(server, path)
    same(said(page), said(before), "the messages that it shows")
    same((page["kind"], page["is_running"]), ("frozen", False), "kind and is_running")
    holds(page["title"] != "renamed", "it shows a title that was given later")
    newest = await read(server, path, limit="1")
    same((said(newest), newest["has_more"]), (said(before)[1:], True), "the newest message alone")
    earlier = await read(server, path, limit="1", before=newest["messages"][0]["id"])
    same((said(earlier), earlier["has_more"]), (said(before)[:1], False), "the message before it")


async def p94(server: Server) -> None:
    """A `live` link shows what the history shows"""
    user = server.user
    async with led(server, EVENTS) as turn:
        path, made = await shared(user, turn.session_id, "live", days=None)
        same(made["expires_at"], None, "when it expires")
        page = await read(server, path)
        same((said(page), page["is_running"]), ([("user", turn.question)], True), "what it shows of a running turn")
        refusal = await user.request("POST", f"/chat/sessions/{turn.session_id}/shares", json={"kind": "frozen"})
        refused(refusal, 409, "nothing_to_share")
        await turn.reply.say("twelve")
        await turn.reply.finish()
        await turn.stream.to_end()
    page = await read(server, path)
    same(said(page), said(await user.history(turn.session_id)), "what it shows after the end")
    same(page["is_running"], False, "is_running after the end")


async def p95(server: Server) -> None:
    """A link ends at once"""
    user = server.user
    for end in ("revoked", "cleared", "deleted"):
        ended = await server.new_ended(EVENTS)
        path, made = await shared(user, ended.session_id, "live")
        listed = (await user.json("GET", f"/chat/sessions/{ended.session_id}/shares"))["shares"]
        same(listed, [made], "the links of the session")
        holds(made in (await user.json("GET", "/me/shares"))["shares"], "the links of the user lack it")
        address = {
            "revoked": f"/chat/sessions/{ended.session_id}/shares/{made['share_id']}",
            "cleared": f"/chat/history/{ended.session_id}",
            "deleted": f"/chat/sessions/{ended.session_id}",
        }[end]
        answer = await user.request("DELETE", address)
        holds(answer.status_code in (200, 204), f"status of DELETE {address}: {answer.status_code}")
        gone = refused(await server.anonymous.request("GET", path), 404, "unknown_share")
        never = refused(await server.anonymous.request("GET", f"/shares/{UNKNOWN}"), 404, "unknown_share")
        same({**gone, "request_id": ""}, {**never, "request_id": ""}, f"what is said of a link that was {end}")
        holds(made not in (await user.json("GET", "/me/shares"))["shares"], f"the links of the user after it was {end}")
    await _deleted_message(server)


async def _deleted_message(server: Server) -> None:
    ended = await server.new_ended(EVENTS)
    first, reply = (await server.user.history(ended.session_id))["messages"]
    path, _ = await shared(server.user, ended.session_id, "frozen")
    await server.user.json("DELETE", f"/chat/sessions/{ended.session_id}/messages/{reply['id']}")
    same(said(await read(server, path)), [("user", first["content"])], "what is shown after a message was deleted")


async def p96(server: Server) -> None:
    """What a link shows has no identity"""
    user, ended = server.user, await server.new_ended(EVENTS)
    path, made = await shared(user, ended.session_id, "live")
    answer = await server.anonymous.request("GET", path)
    names = [str((await user.json("GET", "/me"))["user_id"]), ended.session_id, ended.turn_id, made["share_id"]]
    names += [each["id"] for each in await user.messages(ended.session_id)]
    same([name for name in names if name in answer.text], [], "the ids in the answer")
    _of_shared(answer)
    _of_shared(await server.anonymous.request("GET", f"/shares/{UNKNOWN}"))
    holds("set-cookie" not in answer.headers, "the answer sets a cookie")


def _of_shared(answer: httpx2.Response) -> None:
    same({name: answer.headers.get(name) for name in OF_SHARED}, OF_SHARED, f"headers of {answer.status_code}")
