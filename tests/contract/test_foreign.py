"""Another user's sessions and turns answer exactly like missing ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from tests.support.client import Client
from tests.support.model_server import Led
from tests.support.stack import Stack

MISSING = "11111111-1111-4111-8111-111111111111"


@asynccontextmanager
async def guest_of(stack: Stack) -> AsyncIterator[Client]:
    """A client of a guest who identifies by token, without a `user_id`."""
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        guest = (await http.post("/auth/guest")).json()
    async with stack.client(guest["user_id"], token=guest["token"]) as user:
        yield user


async def answers(user: Client, session_id: str, turn_id: str) -> list[tuple[int, str, dict[str, str]]]:
    """Returns every route's response about a session and a turn: status, body and headers."""
    turn = f"/chat/turns/{turn_id}"
    http, cursor = user.http, {"Last-Event-ID": f"{turn_id}:1"}
    http.headers["X-Request-ID"] = "the-same"
    query = {"session_id": session_id, "message": "x"}
    responses = [
        await http.get("/chat/history", params={"session_id": session_id}),
        await http.delete(f"/chat/history/{session_id}"),
        await http.patch(f"/chat/sessions/{session_id}", json={"title": "mine"}),
        await http.get("/chat/stream", params=query),
        await http.get("/chat/stream", params=query, headers=cursor),
        await http.post("/chat/turns", json=query),
        await http.post("/chat/turns", json={"session_id": session_id}),
        await http.post("/chat/turns", json={"session_id": session_id, "replace_from": "x"}),
        await http.get(turn),
        await http.get(f"{turn}/events"),
        await http.get(f"{turn}/events", headers=cursor),
        await http.post(f"{turn}/cancel"),
        await http.delete(f"/chat/session/{session_id}"),
        await http.delete(f"/chat/sessions/{session_id}"),
    ]
    return [(each.status_code, each.text, {**each.headers, "date": ""}) for each in responses]


async def test_a_strangers_requests_find_and_change_nothing(guests: Stack, question: str) -> None:
    led = Led()
    guests.model.on(question, led)
    async with guest_of(guests) as user, guest_of(guests) as stranger:
        session_id = await user.start()
        turn_id = await user.ask(session_id, question, key="k")
        await led.exchange()
        before = await user.history(session_id)
        foreign = await answers(stranger, session_id, turn_id)
        missing = await answers(stranger, MISSING, f"{MISSING}.{turn_id.rpartition('.')[2]}")
        assert (await stranger.post_turn(session_id, question, key="k")).status_code == 404
        assert (await stranger.http.get("/chat/sessions")).json()["sessions"] == []
        assert foreign == missing
        assert {status for status, *_ in foreign} == {404}
        assert await user.history(session_id) == before
        assert (await user.turn(turn_id))["state"] == "running"
        await led.finish("length")
        await user.follow(turn_id)


async def test_an_ended_turn_is_hidden_from_a_stranger(guests: Stack) -> None:
    async with guest_of(guests) as user, guest_of(guests) as stranger:
        session_id = await user.start()
        turn_id = await user.ask(session_id, "hello")
        await user.follow(turn_id)
        foreign = await answers(stranger, session_id, turn_id)
        assert foreign == await answers(stranger, MISSING, f"{MISSING}.{turn_id.rpartition('.')[2]}")
        assert len(await user.history(session_id)) == 2
