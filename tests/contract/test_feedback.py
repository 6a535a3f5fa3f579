"""Users vote on replies, with a word."""

from typing import Any

import pytest

from tests.contract.refusals import refused
from tests.support.client import Client


async def replied(user: Client, session_id: str) -> str:
    await user.chat(session_id, "hello")
    return str((await user.history(session_id))[-1]["id"])


def path(session_id: str, message_id: str) -> str:
    return f"/chat/sessions/{session_id}/messages/{message_id}/feedback"


async def feedback(user: Client, session_id: str) -> list[Any]:
    return [message.get("feedback") for message in await user.history(session_id)]


async def test_a_vote_is_kept_with_its_version_and_taken_back(user: Client, session_id: str) -> None:
    reply = await replied(user, session_id)
    body = {"vote": "down", "text": ' It "misses"\nthe point. '}
    given = await user.http.put(path(session_id, reply), json=body)
    kept = {"vote": "down", "text": 'It "misses"\nthe point.'}
    assert given.json() == {"session_id": session_id, "message_id": reply, **kept}
    assert await feedback(user, session_id) == [None, kept]
    again = await user.post_turn(session_id, None, replace_from=reply)
    await user.follow(again.json()["turn_id"])
    await user.http.put(path(session_id, reply), json={"vote": "up"})
    branch = (await user.http.get("/chat/history", params={"session_id": session_id, "branch": reply})).json()
    assert branch["messages"][1]["feedback"] == {"vote": "up", "text": ""}
    taken = await user.http.delete(path(session_id, reply))
    assert taken.json() == {"session_id": session_id, "message_id": reply, "vote": None, "text": ""}
    assert await feedback(user, session_id) == [None, None]


@pytest.mark.parametrize(
    "body", [{}, {"vote": "maybe"}, {"vote": "up", "text": "x" * 501}, {"vote": "up", "more": 1}, {"vote": None}]
)
async def test_odd_votes_are_refused(user: Client, session_id: str, body: dict[str, Any]) -> None:
    reply = await replied(user, session_id)
    refused(await user.http.put(path(session_id, reply), json=body), 422, "invalid_request")
    assert await feedback(user, session_id) == [None, None]


async def test_only_replies_that_exist_can_be_voted_on(user: Client, session_id: str) -> None:
    question = (await replied(user, session_id)).replace("-r", "-q")
    for method, body in (("PUT", {"vote": "up"}), ("DELETE", None)):
        refused(await user.http.request(method, path(session_id, question), json=body), 409, "not_a_reply")
        refused(await user.http.request(method, path(session_id, "1-r"), json=body), 404, "unknown_message")
        refused(await user.http.request(method, path("x", "1-r"), json=body), 404, "unknown_session")


async def test_votes_are_counted_without_their_text(user: Client, session_id: str) -> None:
    async def counted() -> dict[str, float]:
        lines = (await user.http.get("/metrics")).text.splitlines()
        found = [line.rsplit(" ", 1) for line in lines if line.startswith("holdfast_feedback_total{")]
        return {name: float(value) for name, value in found}

    before, reply = await counted(), await replied(user, session_id)
    for vote in ("up", "up", "down"):
        await user.http.put(path(session_id, reply), json={"vote": vote, "text": "secret words"})
    gained = {name: value - before.get(name, 0) for name, value in (await counted()).items()}
    assert sorted(value for value in gained.values() if value) == [1, 1]
    assert "secret" not in (await user.http.get("/metrics")).text


async def test_an_export_and_an_import_keep_votes(user: Client, session_id: str) -> None:
    reply = await replied(user, session_id)
    await user.http.put(path(session_id, reply), json={"vote": "up", "text": "好"})
    exported = (await user.http.get(f"/chat/sessions/{session_id}/export")).content
    await user.http.delete(f"/chat/sessions/{session_id}")
    await user.http.post("/me/import", content=exported)
    (session,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert await feedback(user, session["session_id"]) == [None, {"vote": "up", "text": "好"}]


async def test_a_deleted_reply_takes_its_vote_along(user: Client, session_id: str) -> None:
    first = await replied(user, session_id)
    await user.http.put(path(session_id, first), json={"vote": "up"})
    await user.http.delete(f"/chat/sessions/{session_id}/messages/{first}")
    refused(await user.http.put(path(session_id, first), json={"vote": "up"}), 404, "unknown_message")
    assert await feedback(user, session_id) == [None]
