"""P1 to P14: requests."""

import re
from typing import Any
from uuid import uuid4

import httpx2

from tests.conformance.led import answered
from tests.conformance.refusals import problem, refused
from tests.conformance.server import Server
from tests.conformance.suite import last
from tests.conformance.user import User
from tests.conformance.verdicts import NotTested, holds, same
from tests.conformance.ways import EVENTS, NOT_ASKED

TURN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.[0-9]{1,18}")


async def nothing_asked(user: User, session_id: str) -> None:
    """Raise `Broken` where a session that was empty has a message or a turn now."""
    page = await user.history(session_id)
    same((page["messages"], page["active_turn"]), ([], None), "messages and active turn of the session")


async def p1(server: Server) -> None:
    """In the mode `guest`, `POST /auth/guest` answers 200"""
    answer = await server.anonymous.request("POST", "/auth/guest")
    if answer.status_code == 403 and problem(answer)["code"] == "no_guests":
        raise NotTested("the server takes no guests")
    same(answer.status_code, 200, "status of POST /auth/guest")
    guest = answer.json()
    holds(isinstance(guest["user_id"], str) and guest["user_id"], f"user_id is {guest['user_id']!r}")
    user = server.visitors.with_token(guest["token"])
    session_id = await user.start()
    turn_id = await user.ask(session_id, server.question())
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.to_end()
    await user.look(turn_id)
    await user.stop(turn_id)
    same(len(await user.messages(session_id)), 2, "messages in the history")


async def p2(server: Server) -> None:
    """Each of these routes answers alike under `/api`"""
    if server.prefix:
        raise NotTested("the base URL ends in /api: give the one without")
    user, ended = server.user, await server.ended(EVENTS)
    turn, query = f"/chat/turns/{ended.turn_id}", {"session_id": ended.session_id}
    for method, path, more in (
        ("GET", turn, {}),
        ("POST", f"{turn}/cancel", {}),
        ("GET", "/chat/history", query),
    ):
        plain = await user.json(method, path, params=more)
        same(await user.json(method, f"/api{path}", params=more), plain, f"{method} /api{path}")
    for path in ("/chat/start", "/auth/guest"):
        plain_answer, answer = [await user.request("POST", f"{prefix}{path}") for prefix in ("", "/api")]
        same(answer.status_code, plain_answer.status_code, f"status of POST /api{path}")
        same(set(answer.json()), set(plain_answer.json()), f"members of POST /api{path}")
    async with user.open(f"/api{turn}/events") as stream:
        same((await stream.to_end()).reader, ended.reader, "what the stream under /api shows")
    query = {"session_id": await user.start(), "message": server.question()}
    async with user.open("/api/chat/stream", query=query) as stream:
        await stream.to_end()
    body = {"session_id": query["session_id"], "message": server.question()}
    accepted(await user.request("POST", "/api/chat/turns", json=body), "/api")


async def p3(server: Server) -> None:
    """Without an identity, following answers 401 `no_identity`"""
    ended, session_id = await server.ended(EVENTS), await server.user.start()
    for who, code in ((server.anonymous, "no_identity"), (server.visitors.with_token("not.a.token"), "bad_token")):
        for path, query in (
            (f"/chat/turns/{ended.turn_id}/events", {}),
            ("/chat/stream", {"session_id": session_id, "message": NOT_ASKED}),
        ):
            answer = await who.request("GET", path, params=query)
            refused(answer, 401, code)
            scheme = answer.headers.get("WWW-Authenticate", "")
            holds(scheme.startswith("Bearer"), f"WWW-Authenticate is {scheme!r}")
    await nothing_asked(server.user, session_id)


@last
async def p4(server: Server) -> None:
    """Every refusal by the API is `application/problem+json`"""
    await server.user.request("GET", "/chat/turns/x/events")
    await server.user.request("GET", f"/chat/turns/{uuid4()}.1/events")
    await server.user.request("POST", "/chat/turns", content=b"{")
    for answer in server.seen.refusals:
        problem(answer)


@last
async def p5(server: Server) -> None:
    """Every 429 and 503 has a `Retry-After` of whole seconds, 1 or more."""
    busy = [answer for answer in server.seen.refusals if answer.status_code in (429, 503)]
    if not busy or server.operator_hand:
        async with server.operator.outage():
            away = await server.user.request("POST", "/chat/start")
        same(away.status_code, 503, "status of POST /chat/start while the store is out of reach")
        busy.append(away)
    for answer in busy:
        wait = answer.headers.get("Retry-After", "")
        holds(re.fullmatch("[1-9][0-9]*", wait), f"Retry-After of {answer.status_code} is {wait!r}")


async def p6(server: Server) -> None:
    """`POST /chat/turns` answers 202"""
    session_id = await server.user.start()
    answer = await server.user.post(session_id, server.question())
    turn_id = accepted(answer, server.prefix)
    holds(TURN_ID.fullmatch(turn_id), f"turn_id is {turn_id!r}")
    same(turn_id.partition(".")[0], session_id, "the session in turn_id")


def accepted(answer: httpx2.Response, prefix: str) -> str:
    """The turn of a 202, which has the addresses that it has to have."""
    same(answer.status_code, 202, "status of POST /chat/turns")
    turn_id, place = str(answer.json()["turn_id"]), answer.headers.get("Location")
    same(place, f"{prefix}/chat/turns/{turn_id}", "Location")
    same(answer.json()["events"], f"{place}/events", "events")
    return turn_id


async def p7(server: Server) -> None:
    """The same body with the same `Idempotency-Key` answers 202"""
    user, session_id, question, key = server.user, await server.user.start(), server.question(), uuid4().hex
    requests = server.model_control.lead(question) if server.model_control else None
    turn_id = await user.ask(session_id, question, key=key)
    same(await user.ask(session_id, question, key=key), turn_id, "turn_id during the turn")
    if requests:
        await answered(requests)
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.to_end()
    same(await user.ask(session_id, question, key=key), turn_id, "turn_id after the turn's end")
    asked = [message["content"] for message in await user.messages(session_id) if message["role"] == "user"]
    same(asked, [question], "questions in the history")


async def p8(server: Server) -> None:
    """Another `message` with a used `Idempotency-Key` is 422"""
    user, session_id, key = server.user, await server.user.start(), uuid4().hex
    turn_id = await user.ask(session_id, server.question(), key=key)
    for _ in range(2):
        answer = await user.post(session_id, server.question(), key=key)
        same(refused(answer, 422, "idempotency_key_reused").get("turn_id"), turn_id, "turn_id of the refusal")
        async with EVENTS.follow(user, turn_id) as stream:
            await stream.to_end()


async def p9(server: Server) -> None:
    """While a turn is active, another question in its session that does not wait"""
    user, session_id, question = server.user, await server.user.start(), server.question()
    requests = server.model.lead(question)
    turn_id = await user.ask(session_id, question)
    reply = await requests.next()
    before = await user.history(session_id)
    other = {"session_id": session_id, "message": server.question()}
    for answer in (
        await user.request("POST", "/chat/turns", json=other),
        await user.request("GET", "/chat/stream", params=other),
    ):
        same(refused(answer, 409, "turn_running").get("turn_id"), turn_id, "turn_id of the refusal")
    same(await user.history(session_id), before, "the history after the refusals")
    await reply.say("twelve")
    await reply.finish()


async def p10(server: Server) -> None:
    """A body with an unknown member is 422 `invalid_request`"""
    session_id = await server.user.start()
    answer = await server.user.post(session_id, server.question(), surprise=1)
    refused(answer, 422, "invalid_request")
    await nothing_asked(server.user, session_id)


async def history_after(server: Server, session_id: str, turn_id: str) -> list[dict[str, Any]]:
    """The messages once the turn has ended."""
    async with EVENTS.follow(server.user, turn_id) as stream:
        await stream.to_end()
    return await server.user.messages(session_id)


async def p11(server: Server) -> None:
    """`replace_from` with a question's id and a `message`"""
    user, first = server.user, await server.new_ended(EVENTS)
    second = await server.new_ended(EVENTS, session_id=first.session_id)
    before, question = await user.messages(first.session_id), server.question()
    same(before[2]["content"], second.question, "the third message")
    turn_id = await user.ask(first.session_id, question, replace_from=before[2]["id"])
    after = await history_after(server, first.session_id, turn_id)
    same(after[:2], before[:2], "the messages before the question")
    same([message["content"] for message in after[2::2]], [question], "the questions after them")
    same([message["turn_id"] for message in after[3:]], [turn_id], "the turns of the replies after them")


async def p12(server: Server) -> None:
    """`replace_from` with a reply's id and no `message`"""
    user, ended = server.user, await server.new_ended(EVENTS)
    before = await user.messages(ended.session_id)
    turn_id = await user.ask(ended.session_id, replace_from=before[1]["id"])
    after = await history_after(server, ended.session_id, turn_id)
    same([message["role"] for message in after], ["user", "assistant"], "the roles")
    same(after[0]["content"], ended.question, "the question")
    same(after[1]["turn_id"], turn_id, "the reply's turn")
    holds(after[1]["id"] != before[1]["id"], "the new reply has the id of the old one")


async def p13(server: Server) -> None:
    """Neither `message` nor `replace_from`"""
    refused(await server.user.post((await server.ended(EVENTS)).session_id), 409, "no_question")


async def p14(server: Server) -> None:
    """Following, looking at and stopping another user's turn"""
    ended, other = await server.ended(EVENTS), await server.visitors.another()
    missing = f"{uuid4()}.1"
    for method, path in (("GET", "/events"), ("GET", ""), ("POST", "/cancel")):
        answers = [await other.request(method, f"/chat/turns/{turn_id}{path}") for turn_id in (ended.turn_id, missing)]
        same_refusal(*answers)
    by_stream = [
        await other.request(
            "GET",
            "/chat/stream",
            params={"session_id": turn_id.partition(".")[0], "message": NOT_ASKED},
            headers={"Last-Event-ID": f"{turn_id}:1"},
        )
        for turn_id in (ended.turn_id, missing)
    ]
    same_refusal(*by_stream)


def same_refusal(one: httpx2.Response, other: httpx2.Response) -> None:
    """Raise `Broken` unless both say that the turn is unknown, in the same words."""
    problems = [refused(answer, 404, "unknown_turn") for answer in (one, other)]
    for each in problems:
        del each["request_id"]
    same(problems[0], problems[1], "what is said of another user's turn")
