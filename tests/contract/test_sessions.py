"""Sessions are listed, titled, renamed, and deleted with all their keys."""

import asyncio

import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.keyspace import names
from tests.support.model_server import Led
from tests.support.sse import read
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE, eventually


async def listed(user: Client, **query: int) -> tuple[list[str], int]:
    body = (await user.http.get("/chat/sessions", params=query)).json()
    assert body["user_id"] == user.user_id
    return [session["session_id"] for session in body["sessions"]], body["total"]


async def keys_of(stack: Stack, session_id: str) -> set[str]:
    return await names(stack.store, stack.queue, match=f"*{session_id}*")


async def test_a_new_user_has_no_sessions(user: Client) -> None:
    assert await listed(user) == ([], 0)


async def test_sessions_are_listed_newest_activity_first(user: Client) -> None:
    first, second, third = [await user.start() for _ in range(3)]
    assert await listed(user) == ([third, second, first], 3)
    await user.chat(first, "hello")
    assert await listed(user) == ([first, third, second], 3)


async def test_a_listed_session_has_all_its_fields(user: Client, session_id: str) -> None:
    fresh = (await user.http.get("/chat/sessions")).json()["sessions"][0]
    names = {"session_id", "title", "role", "model", "created_at", "updated_at", "active_turn", "leaf"}
    assert set(fresh) == names | {
        "waiting_revision",
        "needs_answer",
        "waiting",
        "temperature",
        "max_tokens",
        "has_instructions",
        "pinned",
        "archived",
        "tags",
    }
    assert (fresh["title"], fresh["role"], fresh["active_turn"]) == ("", "assistant", None)
    await user.chat(session_id, "hello", role="teacher")
    used = (await user.http.get("/chat/sessions")).json()["sessions"][0]
    assert (used["title"], used["role"], used["active_turn"]) == ("hello", "teacher", None)
    assert used["created_at"] == fresh["created_at"] < used["updated_at"]


async def test_a_running_turn_is_listed(user: Client, session_id: str, led: Led, question: str) -> None:
    turn_id = await user.ask(session_id, question)
    assert (await user.http.get("/chat/sessions")).json()["sessions"][0]["active_turn"] == turn_id
    await led.finish("length")
    await user.follow(turn_id)
    assert (await user.http.get("/chat/sessions")).json()["sessions"][0]["active_turn"] is None


async def test_the_list_is_paged_by_limit_and_offset(user: Client) -> None:
    newest_first = [await user.start() for _ in range(5)][::-1]
    assert await listed(user, limit=2) == (newest_first[:2], 5)
    assert await listed(user, limit=2, offset=2) == (newest_first[2:4], 5)
    assert await listed(user, limit=2, offset=4) == (newest_first[4:], 5)
    assert await listed(user, limit=100, offset=5) == ([], 5)


@pytest.mark.parametrize(
    ("question", "title"),
    [("hello", "hello"), ("  two\n lines\t here ", "two lines here"), ("x" * 60, "x" * 60), ("x" * 61, "x" * 59 + "…"),
     ("😀" * 100, "😀" * 59 + "…")],
)  # fmt: skip
async def test_the_first_question_gives_the_title(user: Client, session_id: str, question: str, title: str) -> None:
    await user.chat(session_id, question)
    await user.chat(session_id, "second")
    assert (await user.http.get("/chat/sessions")).json()["sessions"][0]["title"] == title


async def test_a_renamed_session_keeps_its_title(user: Client, session_id: str) -> None:
    response = await user.http.patch(f"/chat/sessions/{session_id}", json={"title": "  About queues "})
    assert response.status_code == 200
    assert response.json()["title"] == "About queues"
    assert response.json()["session_id"] == session_id
    await user.chat(session_id, "hello")
    assert (await user.http.get("/chat/sessions")).json()["sessions"][0]["title"] == "About queues"
    assert (await user.http.get("/chat/history", params={"session_id": session_id})).json()["title"] == "About queues"


@pytest.mark.parametrize("path", ["/chat/session", "/chat/sessions", "/api/chat/session", "/api/chat/sessions"])
async def test_a_deleted_session_leaves_no_keys(stack: Stack, user: Client, session_id: str, path: str) -> None:
    kept = await user.start()
    turn_id = await user.ask(session_id, "hello", key="k")
    await user.follow(turn_id)
    response = await user.http.delete(f"{path}/{session_id}")
    assert response.status_code == 200
    assert response.json() == {"session_id": session_id, "message": "会话已删除"}
    assert await listed(user) == ([kept], 1)
    refused(await user.http.get("/chat/history", params={"session_id": session_id}), 404, "unknown_session")
    refused(await user.http.get(f"/chat/turns/{turn_id}"), 404, "unknown_turn")
    refused(await user.http.delete(f"{path}/{session_id}"), 404, "unknown_session")
    await eventually(lambda: nothing_left(stack, session_id))


async def nothing_left(stack: Stack, session_id: str) -> bool:
    return not await keys_of(stack, session_id)


async def test_a_session_deleted_during_a_reply_leaves_no_keys(
    stack: Stack, user: Client, session_id: str, led: Led, question: str
) -> None:
    await user.chat(session_id, "earlier", key="k1")
    turn_id = await user.ask(session_id, question, key="k2")
    exchange = await led.exchange()
    await exchange.say("some words")
    async with user.events(turn_id) as response:
        await read(response, until=lambda transcript: bool(transcript.text))
    assert (await user.http.delete(f"/chat/sessions/{session_id}")).status_code == 200
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    await eventually(lambda: nothing_left(stack, session_id))
    refused(await user.http.post(f"/chat/turns/{turn_id}/cancel"), 404, "unknown_turn")
    assert await listed(user) == ([], 0)


async def test_an_expired_session_vanishes_from_the_list(stack: Stack, user: Client) -> None:
    first, second, third = [await user.start() for _ in range(3)]
    await stack.store.delete(keys.session(second))
    assert await listed(user) == ([third, first], 2)
    assert await listed(user, limit=1, offset=1) == ([first], 2)
    refused(await user.post_turn(second, "hello"), 404, "unknown_session")


async def test_every_key_of_a_session_expires(stack: Stack, user: Client, session_id: str) -> None:
    await user.chat(session_id, "hello", key="k")
    names = [name for name in await keys_of(stack, session_id) if name.startswith("chat:")]
    assert len(names) == 9
    for name in [*names, keys.user_sessions(user.user_id)]:
        assert await stack.store.ttl(name) > 0, name


async def test_a_history_is_cleared_despite_a_vanished_active_turn(stack: Stack, user: Client, session_id: str) -> None:
    await user.chat(session_id, "hello")
    await stack.store.execute_command("HSET", keys.session(session_id), "active_turn", f"{session_id}.1")
    for _ in range(2):
        response = await user.http.delete(f"/chat/history/{session_id}")
        assert response.status_code == 200, response.text
    assert await user.history(session_id) == []
    assert (await user.chat(session_id, "again")).text == "You said: again "


limited = stack_of(max_history_messages="6")
"""A stack that keeps six messages of a session."""


async def test_a_history_is_marked_trimmed_after_messages_dropped(limited: Stack) -> None:
    async def trimmed() -> bool:
        found = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
        assert (found["total"], found["has_more"]) == (len(found["messages"]), False)
        return bool(found["trimmed"])

    async with limited.client() as user:
        session_id = await user.start()
        for number in range(3):
            await user.chat(session_id, f"question {number}")
        assert await trimmed() is False
        await user.chat(session_id, "question 3")
        assert await trimmed() is True
        found = [message["content"] for message in await user.history(session_id) if message["role"] == "user"]
        assert found == ["question 1", "question 2", "question 3"]
        await user.http.delete(f"/chat/history/{session_id}")
        assert await trimmed() is False
