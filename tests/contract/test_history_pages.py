"""The history in pages: the newest messages first, never more than a page's bytes, every message on one page."""

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
    """A new session with these messages."""
    session_id = await owner.start()
    await stack.store.execute_command("RPUSH", keys.messages(session_id), *map(stored, messages))
    return session_id


async def page(owner: Client, session_id: str, **query: Any) -> dict[str, Any]:
    response = await owner.http.get("/chat/history", params={"session_id": session_id, **query})
    assert response.status_code == 200, response.text
    return dict(response.json())


def places(found: dict[str, Any]) -> list[int]:
    return [int(message["content"].split()[-1]) for message in found["messages"]]


async def test_the_newest_twenty_come_unless_asked_otherwise(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id)
    assert places(found) == list(range(TOTAL - 20, TOTAL))
    assert (found["total"], found["has_more"], found["session_id"]) == (TOTAL, True, session_id)
    assert places(await page(owner, session_id, limit=1)) == [TOTAL - 1]


async def test_a_page_ends_before_the_message_that_is_named(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id, limit=5, before=id_of(100))
    assert places(found) == [95, 96, 97, 98, 99]
    assert (found["total"], found["has_more"]) == (TOTAL, True)


async def test_the_pages_together_have_every_message_once(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(TOTAL), is_legacy=is_legacy))
    found = await page(owner, session_id, limit=100)
    pages = [places(found)]
    while found["has_more"]:
        found = await page(owner, session_id, limit=100, before=found["messages"][0]["id"])
        pages.append(places(found))
    assert [len(each) for each in pages] == [100, 100, 50]
    assert [place for each in reversed(pages) for place in each] == list(range(TOTAL))


async def test_nothing_comes_before_the_oldest(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(3), is_legacy=is_legacy))
    found = await page(owner, session_id, before=id_of(0))
    assert (found["messages"], found["total"], found["has_more"]) == ([], 3, False)


async def test_an_empty_session_has_one_empty_page(owner: Client) -> None:
    found = await page(owner, await owner.start())
    assert (found["messages"], found["total"], found["has_more"]) == ([], 0, False)


async def test_a_message_is_found_where_older_ones_were_dropped(narrow: Stack, owner: Client) -> None:
    session_id = await filled(narrow, owner, *dialogue(range(50, TOTAL)))
    assert places(await page(owner, session_id, limit=2, before=numbered(60))) == [58, 59]
    assert places(await page(owner, session_id, limit=20, before=numbered(52))) == [50, 51]
    await refused(owner, session_id, numbered(49))


async def test_messages_of_an_earlier_version_come_before_new_ones(narrow: Stack, owner: Client) -> None:
    mixed = [*dialogue(range(130), is_legacy=True), *dialogue(range(130, 140))]
    session_id = await filled(narrow, owner, *mixed)
    assert places(await page(owner, session_id, limit=2, before=numbered(130))) == [128, 129]
    assert places(await page(owner, session_id, limit=2, before=legacy(5))) == [3, 4]


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
async def test_a_page_that_cannot_be_is_refused(owner: Client, query: dict[str, Any]) -> None:
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
    assert places(found) == [6, 7, 8]
    assert (found["total"], found["has_more"]) == (9, True)
    assert places(await page(owner, session_id, before=id_of(6))) == [3, 4, 5]


async def test_a_page_has_one_message_at_least(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    """However large: by its bytes, a message of Chinese has three times its characters."""
    session_id = await filled(narrow, owner, *dialogue(range(3), is_legacy=is_legacy, content="文" * MEGABYTE))
    for newest in (2, 1, 0):
        query = {"before": id_of(newest + 1)} if newest < 2 else {}
        found = await page(owner, session_id, limit=100, **query)
        assert places(found) == [newest]
        assert found["has_more"] == (newest > 0)


async def test_pages_stay_right_while_messages_come(
    narrow: Stack, owner: Client, id_of: Callable[[int], str], *, is_legacy: bool
) -> None:
    all_messages = dialogue(range(60), is_legacy=is_legacy)
    session_id = await filled(narrow, owner, *all_messages[:50])
    found = await page(owner, session_id)
    await narrow.store.execute_command("RPUSH", keys.messages(session_id), *map(stored, all_messages[50:]))
    earlier = await page(owner, session_id, before=found["messages"][0]["id"])
    assert [later - before for before, later in pairwise([*places(earlier), *places(found)])] == [1] * 39
    assert earlier["total"] == 60
