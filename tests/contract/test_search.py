"""A user searches the own conversations, and opens what was found."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.stack import Stack


async def search(user: Client, query: str, **more: Any) -> dict[str, Any]:
    response = await user.http.post("/chat/search", json={"query": query, **more})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def search_all(user: Client, query: str, **more: Any) -> list[dict[str, Any]]:
    """Searches to the end."""
    found = await search(user, query, **more)
    results = list(found["results"])
    while found["cursor"]:
        found = await search(user, query, cursor=found["cursor"], **more)
        results += found["results"]
    return results


async def test_a_question_its_reply_and_its_title_are_found(user: Client, session_id: str, question: str) -> None:
    await user.chat(session_id, f"{question}: where is my Umbrella?")
    found = await search(user, "UMBRELLA where")
    asked, answered = await user.history(session_id)
    title, *messages = found["results"]
    assert [(each["message_id"], each["role"], each["timestamp"]) for each in messages] == [
        (each["id"], each["role"], each["timestamp"]) for each in (answered, asked)
    ]
    assert (title["message_id"], title["role"]) == (None, None)
    for each in found["results"]:
        assert (each["session_id"], each["title"]) == (session_id, title["excerpt"])
        assert [each["excerpt"][begin:end] for begin, end in each["ranges"]] == ["where", "Umbrella"]
    assert found["cursor"] is None
    assert found["searched"] == {"sessions": 1, "messages": 2}


@pytest.mark.parametrize("limit", [1, 2])
async def test_the_cursor_goes_on_where_the_answer_ended(user: Client, limit: int) -> None:
    sessions = [await user.start() for _ in range(3)]
    for session_id in sessions:
        await user.chat(session_id, "a needle")
    every = await search_all(user, "needle")
    assert [each["session_id"] for each in every] == [each for each in reversed(sessions) for _ in range(3)]
    assert await search_all(user, "needle", limit=limit) == every


async def test_a_message_on_another_branch_is_found_and_shown(user: Client, session_id: str) -> None:
    await user.chat(session_id, "an early needle")
    first = (await user.history(session_id))[0]["id"]
    await user.chat(session_id, "something else", replace_from=first)
    results = [each for each in await search_all(user, "early needle") if each["role"] == "user"]
    assert [each["message_id"] for each in results] == [first]
    response = await user.http.patch(f"/chat/sessions/{session_id}", json={"leaf": first})
    assert response.status_code == 200
    assert (await user.history(session_id))[0]["id"] == first


async def test_the_history_is_opened_at_a_found_message(user: Client, session_id: str) -> None:
    await user.chat(session_id, "an early needle")
    for number in range(6):
        await user.chat(session_id, f"later {number}")
    every = [each["id"] for each in await user.history(session_id)]
    found = (await search_all(user, "an early needle"))[-1]["message_id"]
    assert found == every[0]
    query: dict[str, Any] = {"session_id": session_id, "limit": 4, "around": found}
    page = (await user.http.get("/chat/history", params=query)).json()
    read = [each["id"] for each in page["messages"]]
    assert read == every[:3]
    del query["around"]
    while page["has_later"]:
        page = (await user.http.get("/chat/history", params={**query, "branch": found, "after": read[-1]})).json()
        read += [each["id"] for each in page["messages"]]
    assert read == every
    for other in ("before", "after"):
        refused(
            await user.http.get("/chat/history", params={**query, "around": found, other: found}),
            422,
            "invalid_request",
        )


async def test_a_strangers_search_finds_nothing(stack: Stack, user: Client, session_id: str, question: str) -> None:
    await user.chat(session_id, question)
    cursor = (await search(user, question, limit=1))["cursor"]
    async with stack.client() as stranger:
        for more in ({}, {"cursor": cursor}):
            found = await search(stranger, question, **more)
            assert found == {"results": [], "cursor": None, "searched": {"sessions": 0, "messages": 0}}


async def test_a_deleted_session_is_not_found(user: Client, session_id: str, question: str) -> None:
    await user.chat(session_id, question)
    await user.http.delete(f"/chat/sessions/{session_id}")
    assert await search_all(user, question) == []


INVALID: list[tuple[dict[str, Any], int, str]] = [
    ({}, 422, "invalid_request"),
    ({"query": ""}, 422, "invalid_request"),
    ({"query": " \u3000\n"}, 422, "invalid_request"),
    ({"query": "x" * 201}, 422, "invalid_request"),
    ({"query": "1 2 3 4 5 6 7 8 9"}, 422, "invalid_request"),
    ({"query": ["x"]}, 422, "invalid_request"),
    ({"query": "x", "limit": 0}, 422, "invalid_request"),
    ({"query": "x", "limit": 51}, 422, "invalid_request"),
    ({"query": "x", "more": 1}, 422, "invalid_request"),
    ({"query": "x", "cursor": "x" * 301}, 422, "invalid_request"),
    ({"query": "x", "cursor": "nonsense"}, 400, "bad_cursor"),
]


@pytest.mark.parametrize(("body", "status", "code"), INVALID)
async def test_an_invalid_search_is_refused(user: Client, body: dict[str, Any], status: int, code: str) -> None:
    refused(await user.http.post("/chat/search", json=body), status, code)


async def test_a_refusal_does_not_repeat_the_query(user: Client) -> None:
    response = await user.http.post("/chat/search", json={"query": "private words " * 20})
    refused(response, 422, "invalid_request")
    assert "private" not in response.text


async def test_a_search_stores_nothing(stack: Stack, user: Client, session_id: str, question: str) -> None:
    await user.chat(session_id, question)
    async with nothing_stored(stack, user, session_id):
        await search_all(user, question)


async def test_many_searches_at_once_are_all_answered(user: Client, session_id: str, question: str) -> None:
    await user.chat(session_id, question)
    answers = await asyncio.gather(*(search(user, question) for _ in range(20)))
    assert [len(each["results"]) for each in answers] == [3] * 20


async def test_logs_do_not_contain_the_query(stack: Stack, user: Client) -> None:
    await search(user, "a-needle-nobody-logs")
    response: httpx2.Response = await user.http.get("/chat/search?query=a-needle-nobody-logs")
    refused(response, 405, "method_not_allowed")
    assert "nobody-logs" not in stack.logs()
