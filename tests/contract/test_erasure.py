"""A user deletes everything of theirs at once."""

from tests.support.client import Client
from tests.support.stack import Stack


async def test_all_sessions_of_a_user_are_deleted(stack: Stack, user: Client) -> None:
    async with stack.client() as other:
        kept = await other.start()
        await other.chat(kept, "hello")
        for _ in range(3):
            await user.chat(await user.start(), "hello")
        response = await user.http.delete("/me/sessions", params={"confirm": "all"})
        assert (response.status_code, response.json()) == (200, {"deleted": 3})
        listed = (await user.http.get("/chat/sessions")).json()
        assert (listed["sessions"], listed["total"]) == ([], 0)
        assert len(await other.history(kept)) == 2


async def test_nothing_is_deleted_without_a_confirmation(user: Client) -> None:
    session_id = await user.start()
    for query in ({}, {"confirm": "yes"}):
        response = await user.http.delete("/me/sessions", params=query)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert await user.history(session_id) == []
