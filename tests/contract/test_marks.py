"""Sessions are pinned, archived and tagged, and listed accordingly."""

from typing import Any

import pytest

from chat import keys
from chat.marks import MAX_TAG_CHARS, MAX_TAGS
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.stack import Stack


async def listed(user: Client, **query: Any) -> list[str]:
    body = (await user.http.get("/chat/sessions", params=query)).json()
    found = [session["session_id"] for session in body["sessions"]]
    assert body["total"] == len(found)
    return found


async def mark(user: Client, session_id: str, **marks: Any) -> dict[str, Any]:
    response = await user.http.patch(f"/chat/sessions/{session_id}", json=marks)
    assert response.status_code == 200, response.text
    body = dict(response.json())
    history = await user.http.get("/chat/history", params={"session_id": session_id})
    names = ("pinned", "archived", "tags")
    assert {name: history.json()[name] for name in names} == {name: body[name] for name in names}
    return body


async def test_marked_sessions_are_listed_in_groups(user: Client) -> None:
    first, second, third = [await user.start() for _ in range(3)]
    assert (await mark(user, first, pinned=True))["pinned"] is True
    assert await listed(user) == [first, third, second]
    assert (await mark(user, third, archived=True))["archived"] is True
    assert (await listed(user), await listed(user, archived=True)) == ([first, second], [third])
    await mark(user, first, pinned=False)
    await mark(user, third, archived=False)
    assert (await listed(user), await listed(user, archived=True)) == ([third, second, first], [])


async def test_tags_are_cleaned_listed_and_counted(user: Client) -> None:
    first, second = [await user.start() for _ in range(2)]
    assert (await mark(user, first, tags=["  two   words ", "工作", "工作"]))["tags"] == ["two words", "工作"]
    await mark(user, second, tags=["工作"], archived=True)
    assert await listed(user, tag="工作") == [first]
    assert await listed(user, tag="工作", archived=True) == [second]
    assert await listed(user, tag="none") == []
    counts = [{"tag": "two words", "sessions": 1, "archived": 0}, {"tag": "工作", "sessions": 1, "archived": 1}]
    assert (await user.http.get("/me/tags")).json() == {"tags": counts}
    await mark(user, first, tags=[])
    assert (await user.http.get("/me/tags")).json() == {"tags": [{"tag": "工作", "sessions": 0, "archived": 1}]}


async def test_a_new_question_takes_a_session_out_of_the_archive(user: Client, session_id: str) -> None:
    await user.chat(session_id, "hello")
    await mark(user, session_id, archived=True, tags=["x"])
    await user.chat(session_id, "hello again")
    assert (await listed(user), await listed(user, archived=True)) == ([session_id], [])
    assert await listed(user, tag="x") == [session_id]


async def test_a_search_finds_archived_sessions_and_marks_them(user: Client) -> None:
    first, second = [await user.start() for _ in range(2)]
    for session_id in (first, second):
        await user.chat(session_id, "a zebra")
    await mark(user, second, archived=True)
    found = (await user.http.post("/chat/search", json={"query": "zebra"})).json()["results"]
    assert {(hit["session_id"], hit["archived"]) for hit in found} == {(first, False), (second, True)}
    assert [hit["session_id"] for hit in found if hit["message_id"] is None] == [first, second]


@pytest.mark.parametrize(
    "marks",
    [{"pinned": True, "archived": True}, {"pinned": None}, {"tags": ["x" * (MAX_TAG_CHARS + 1)]}, {"tags": [""]},
     {"tags": ["a\nb"]}, {"tags": [f"t{number}" for number in range(MAX_TAGS + 1)]}, {"tags": "x"}],
)  # fmt: skip
async def test_odd_marks_are_refused(user: Client, session_id: str, marks: dict[str, Any]) -> None:
    refused(await user.http.patch(f"/chat/sessions/{session_id}", json=marks), 422, "invalid_request")
    assert await listed(user) == [session_id]


async def test_marks_beyond_the_limits_are_refused(user: Client) -> None:
    sessions = [await user.start() for _ in range(51)]
    for session_id in sessions[:50]:
        assert (await user.http.patch(f"/chat/sessions/{session_id}", json={"pinned": True})).status_code == 200
    refused(await user.http.patch(f"/chat/sessions/{sessions[50]}", json={"pinned": True}), 409, "too_many_pinned")
    for number in range(0, 100, 4):
        tags = [f"t{number + each}" for each in range(4)]
        await user.http.patch(f"/chat/sessions/{sessions[number // 4]}", json={"tags": tags})
    refused(await user.http.patch(f"/chat/sessions/{sessions[50]}", json={"tags": ["x"]}), 409, "too_many_tags")


async def test_deleted_sessions_leave_no_marks(stack: Stack, user: Client) -> None:
    first, second, third = [await user.start() for _ in range(3)]
    await mark(user, first, pinned=True, tags=["x"])
    await mark(user, second, archived=True, tags=["x", "y"])
    await mark(user, third, tags=["z"])
    await user.http.delete(f"/chat/sessions/{third}")
    await stack.store.unlink(keys.session(first))
    assert await listed(user) == []
    assert (await user.http.delete("/me/sessions", params={"confirm": "all"})).json() == {"deleted": 1}
    for name in keys.session_lists(user.user_id):
        assert await stack.store.exists(name) == 0, name
    assert (await user.http.get("/me/tags")).json() == {"tags": []}


async def test_an_export_and_an_import_keep_marks(user: Client, session_id: str) -> None:
    await user.chat(session_id, "hello")
    archived = await user.start()
    await mark(user, session_id, pinned=True, tags=["工作"])
    await mark(user, archived, archived=True)
    exported = (await user.http.get("/me/export")).content
    await user.http.delete("/me/sessions", params={"confirm": "all"})
    assert (await user.http.post("/me/import", content=exported)).status_code == 200
    (shown,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert (shown["pinned"], shown["archived"], shown["tags"]) == (True, False, ["工作"])
    assert len(await listed(user, archived=True)) == 1
