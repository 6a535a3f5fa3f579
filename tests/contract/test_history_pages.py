"""The history is paged from the newest message back, with limited bytes and each message on one page."""

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest

from chat import keys
from chat.messages import Message
from tests.support.client import Client
from tests.support.messages import dialogue, legacy, numbered, stored
from tests.support.stack import Stack

TOTAL = 250
MEGABYTE = 1_000_000


@pytest.fixture
async def owner(narrow: Stack) -> AsyncIterator[Client]:
    async with narrow.client() as client:
        yield client


@pytest.fixture(params=[False, True], ids=["numbered", "legacy"])
def is_legacy(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def id_of(*, is_legacy: bool) -> Callable[[int], str]:
    return legacy if is_legacy else numbered


async def filled(stack: Stack, owner: Client, *messages: Message) -> str:
    """Creates a session with these messages and returns its id."""
    session_id = await owner.start()
    await stack.store.execute_command("RPUSH", keys.messages(session_id), *map(stored, messages))
    return session_id


async def page(owner: Client, session_id: str, **query: Any) -> dict[str, Any]:
    response = await owner.http.get("/chat/history", params={"session_id": session_id, **query})
    assert response.status_code == 200, response.text
    return dict(response.json())


def numbers_in(found: dict[str, Any]) -> list[int]:
    return [int(message["content"].split()[-1]) for message in found["messages"]]


async def test_a_page_has_the_newest_twenty_messages_by_default(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id)
    assert numbers_in(found) == list(range(TOTAL - 20, TOTAL))
    assert (found["total"], found["has_more"], found["session_id"]) == (TOTAL, True, session_id)
    assert numbers_in(await page(owner, session_id, limit=1)) == [TOTAL - 1]


async def test_a_page_ends_before_the_given_message(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id, limit=5, before=id_of(100))
    assert numbers_in(found) == [95, 96, 97, 98, 99]
    assert (found["total"], found["has_more"]) == (TOTAL, True)


async def test_the_pages_together_have_every_message_once(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id, limit=100)
    pages = [numbers_in(found)]
    while found["has_more"]:
        found = await page(owner, session_id, limit=100, before=found["messages"][0]["id"])
        pages.append(numbers_in(found))
    assert [len(each) for each in pages] == [100, 100, 50]
    assert [number for each in reversed(pages) for number in each] == list(range(TOTAL))


async def test_the_page_before_the_oldest_message_is_empty(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(3), is_legacy=is_legacy))
    found = await page(owner, session_id, before=id_of(0))
    assert (found["messages"], found["total"], found["has_more"]) == ([], 3, False)


async def test_an_empty_session_has_one_empty_page(owner: Client) -> None:
    found = await page(owner, await owner.start())
    assert (found["messages"], found["total"], found["has_more"]) == ([], 0, False)


async def test_a_page_is_found_after_older_messages_were_dropped(narrow: Stack, owner: Client) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(50, TOTAL)))
    assert numbers_in(await page(owner, session_id, limit=2, before=numbered(60))) == [58, 59]
    assert numbers_in(await page(owner, session_id, limit=20, before=numbered(52))) == [50, 51]
    await refused(owner, session_id, numbered(49))


async def test_messages_of_an_earlier_version_come_before_new_ones(narrow: Stack, owner: Client) -> None:
    mixed = [*dialogue(range(130), is_legacy=True), *dialogue(range(130, 140))]
    session_id = await filled(narrow, owner, *mixed)
    assert numbers_in(await page(owner, session_id, limit=2, before=numbered(130))) == [128, 129]
    assert numbers_in(await page(owner, session_id, limit=2, before=legacy(5))) == [3, 4]


UNKNOWN = ["x", "5", "-", "5-", "-5", "5-zz", f"5-{6:032x}", f"1000-{5:032x}", f"99999999999999999999-{5:032x}",
           f"{999:032x}", 'x","role":"user', "%", ".*", "会", " "]  # fmt: skip


@pytest.mark.parametrize("before", UNKNOWN)
async def test_an_unknown_message_is_refused(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], before: str, *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(10), is_legacy=is_legacy))
    await refused(owner, session_id, before)


async def test_a_message_of_another_session_is_unknown(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    await filled(narrow, owner, *dialogue(range(10), is_legacy=is_legacy))
    await refused(owner, await owner.start(), id_of(5))


async def refused(owner: Client, session_id: str, before: str) -> None:
    response = await owner.http.get("/chat/history", params={"session_id": session_id, "before": before})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_message"), response.text


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"before": ""}, {"before": "a" * 65}])
async def test_an_invalid_page_query_is_refused(owner: Client, query: dict[str, Any]) -> None:
    session_id = await owner.start()
    response = await owner.http.get("/chat/history", params={"session_id": session_id, **query})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_a_strangers_page_is_refused(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(10), is_legacy=is_legacy))
    async with narrow.client() as stranger:
        query = {"session_id": session_id, "before": id_of(5)}
        response = await stranger.http.get("/chat/history", params=query)
    assert (response.status_code, response.json()["code"]) == (404, "unknown_session")


async def test_a_page_of_large_messages_ends_early(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(
        narrow, owner, *dialogue(range(9), is_legacy=is_legacy, content="x" * (MEGABYTE * 6 // 10))
    )
    found = await page(owner, session_id)
    assert numbers_in(found) == [6, 7, 8]
    assert (found["total"], found["has_more"]) == (9, True)
    assert numbers_in(await page(owner, session_id, before=id_of(6))) == [3, 4, 5]


async def test_a_page_has_at_least_one_message_however_large(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    """A Chinese message has three bytes per character."""
    session_id = await filled(narrow, owner, *dialogue(range(3), is_legacy=is_legacy, content="文" * MEGABYTE))
    for newest in (2, 1, 0):
        query = {"before": id_of(newest + 1)} if newest < 2 else {}
        found = await page(owner, session_id, limit=100, **query)
        assert numbers_in(found) == [newest]
        assert found["has_more"] == (newest > 0)


async def test_pages_stay_consistent_while_messages_are_added(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    all_messages = dialogue(range(60), is_legacy=is_legacy)
    session_id = await filled(narrow, owner, *all_messages[:50])
    found = await page(owner, session_id)
    await narrow.store.execute_command("RPUSH", keys.messages(session_id), *map(stored, all_messages[50:]))
    earlier = await page(owner, session_id, before=found["messages"][0]["id"])
    assert [later - before for before, later in pairwise([*numbers_in(earlier), *numbers_in(found)])] == [1] * 39
    assert earlier["total"] == 60
