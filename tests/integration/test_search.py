"""A search finds words in all branches of a user's sessions; its work per call is bounded, whatever is stored."""

import asyncio
import json
from typing import Any

import pytest

from bench.curves.lab import BATCH
from chat import keys, search
from chat.errors import BadCursor
from chat.matching import Query
from chat.messages import Message, reply_id
from chat.search import MAX_READS, READ_MESSAGES, Found, Hit, Place, Search
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.messages import dialogue, stored

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=0, max_sessions_per_user=0)
CALL_MICROSECONDS = 5000


@pytest.fixture
def chat(chat: ChatFixture) -> ChatFixture:
    chat.sessions, chat.turns = Sessions(chat.store, KEEPS_ALL), Turns(chat.store, KEEPS_ALL)
    return chat


async def exchange(chat: ChatFixture, text: str | None, answer: str, **place: str) -> str:
    """Asks and answers a question, and moves the session to the top. Returns the id of the reply."""
    opened = await chat.open(text, **place)
    assert opened.size
    await chat.sessions.turn_opened(opened.size)
    await chat.claim(opened.turn_id, "1")
    await chat.close(opened.turn_id, "1", answer)
    return reply_id(opened.turn_id)


async def another(chat: ChatFixture, user: str = USER) -> ChatFixture:
    """Another session."""
    other = ChatFixture(chat.store, (await chat.sessions.create(user, "assistant")).session_id)
    other.sessions, other.turns = chat.sessions, chat.turns
    return other


async def fill(chat: ChatFixture, *contents: str) -> None:
    """Adds replies to the end of the session's only branch, as this version stores them."""
    turn_id = (await chat.open("first")).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "reply")
    tree, order = keys.tree(chat.session_id), keys.order(chat.session_id)
    for begin in range(0, len(contents), BATCH):
        fields, ids = list[str](), list[str]()
        for number, content in enumerate(contents[begin : begin + BATCH], begin):
            ids.append(f"{number}-x")
            fields += [ids[-1], Message(id=ids[-1], role="assistant", content=content).to_json()]
        await chat.store.execute_command("HSET", tree, *fields)
        await chat.store.execute_command("RPUSH", order, *ids)


async def call(chat: ChatFixture, words: str, limit: int = 50, cursor: str | None = "", user: str = USER) -> Found:
    return await Search(chat.store, KEEPS_ALL).find(user, Query.parse(words), limit, cursor or "")


async def find(chat: ChatFixture, words: str, limit: int = 50, user: str = USER) -> list[Hit]:
    """Searches to the end."""
    found = await call(chat, words, limit, user=user)
    hits = found.hits
    while found.cursor:
        found = await call(chat, words, limit, found.cursor, user)
        assert len(found.hits) <= limit
        hits += found.hits
    return hits


async def excerpts(chat: ChatFixture, words: str, limit: int = 50) -> list[str]:
    return [hit.excerpt for hit in await find(chat, words, limit)]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_messages_of_all_branches_are_found_newest_first(chat: ChatFixture, limit: int) -> None:
    first = await exchange(chat, "a word", "A1 word")
    await exchange(chat, None, "A2 word", replace_from=first)
    await exchange(chat, "b", "B1 word")
    other = await another(chat)
    await exchange(other, "c word", "C1 Word")
    hits = await find(chat, "WORD", limit)
    titles, messages = [h for h in hits if not h.message_id], [h for h in hits if h.message_id]
    assert [hit.excerpt for hit in messages] == ["C1 Word", "c word", "B1 word", "A2 word", "A1 word", "a word"]
    assert [hit.excerpt for hit in titles] == ["c word", "a word"]
    assert [hit.session_id for hit in titles] == [other.session_id, chat.session_id]
    assert messages[4].message_id == first
    assert messages[4].role == "assistant"


async def test_escaped_text_is_found_and_names_of_fields_are_not(chat: ChatFixture) -> None:
    await exchange(chat, 'q "quoted\\path"\n\ttab', "缓存")
    assert len(await find(chat, '"quoted\\path"')) == 2
    assert await excerpts(chat, "ntab") == []
    assert await excerpts(chat, "timestamp") == []
    assert await excerpts(chat, "存") == ["缓存"]


async def test_thinking_is_not_searched(chat: ChatFixture) -> None:
    await fill(chat, "text")
    message = Message(id="9-x", role="assistant", content="text", thinking="secret")
    await chat.store.execute_command("HSET", keys.tree(chat.session_id), "9-x", message.to_json())
    await chat.store.execute_command("RPUSH", keys.order(chat.session_id), "9-x")
    assert len(await find(chat, "text")) == 2
    assert await find(chat, "secret") == []


async def test_only_the_owners_sessions_are_searched(chat: ChatFixture) -> None:
    await exchange(chat, "word", "word")
    await another(chat, "mallory")
    assert await find(chat, "word", user="mallory") == []
    for position in (search.BEGIN, 1):
        cursor = Place(2e9, chat.session_id, position).cursor()
        assert (await call(chat, "word", cursor=cursor, user="mallory")).hits == []


async def test_removed_messages_and_sessions_are_skipped(chat: ChatFixture) -> None:
    first = await exchange(chat, "a", "word 1")
    await exchange(chat, None, "word 2", replace_from=first)
    await chat.sessions.branches.remove(USER, chat.session_id, first)
    assert await excerpts(chat, "word") == ["word 2"]
    other = await another(chat)
    await exchange(other, "b", "word 3")
    found = await call(chat, "word", 1)
    assert [hit.excerpt for hit in found.hits] == ["word 3"]
    await chat.sessions.delete(USER, other.session_id)
    found = await call(chat, "word", 1, found.cursor)
    assert [hit.excerpt for hit in found.hits] == ["word 2"]
    await chat.sessions.delete(USER, chat.session_id)
    assert (await call(chat, "word", 1, found.cursor)).hits == []


async def test_messages_dropped_meanwhile_repeat_no_result(chat: ChatFixture) -> None:
    await fill(chat, *(f"word {number}" for number in range(20)))
    found = await call(chat, "word", 5)
    assert [hit.excerpt for hit in found.hits] == [f"word {number}" for number in range(19, 14, -1)]
    for name in await chat.store.execute_command("LPOP", keys.order(chat.session_id), 7):
        await chat.store.execute_command("HDEL", keys.tree(chat.session_id), name)
    found = await call(chat, "word", 50, found.cursor)
    assert [hit.excerpt for hit in found.hits] == [f"word {number}" for number in range(14, 4, -1)]


async def test_a_search_goes_on_after_its_session_was_cleared(chat: ChatFixture) -> None:
    await fill(chat, *(f"word {number}" for number in range(300)))
    found = await call(chat, "word", 5)
    await chat.sessions.clear(USER, chat.session_id)
    await exchange(chat, "a", "word")
    assert [hit.excerpt for hit in (await call(chat, "word", 50, found.cursor)).hits] == ["word"]


async def test_messages_of_an_earlier_version_are_found(chat: ChatFixture) -> None:
    old = [Message(role=role, content=f"old {role}") for role in ("user", "assistant")]
    texts = [f'{{"role":"{m.role}","content":"{m.content}","timestamp":1.0,"id":"{m.id}"}}' for m in old]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *texts)
    hits = await find(chat, "old")
    assert [(hit.message_id, hit.role, hit.timestamp) for hit in hits] == [
        (old[1].id, "assistant", 1.0),
        (old[0].id, "user", 1.0),
    ]


async def test_a_session_with_new_messages_is_continued(chat: ChatFixture) -> None:
    await exchange(chat, "a", "word 1")
    await exchange(chat, "b", "word 2")
    found = await call(chat, "word", 1)
    await exchange(chat, "c", "word 3")
    assert [hit.excerpt for hit in (await call(chat, "word", 9, found.cursor)).hits] == ["word 1"]


async def test_sessions_of_one_time_are_all_searched(chat: ChatFixture) -> None:
    sessions = [chat.session_id, *[(await another(chat)).session_id for _ in range(49)]]
    for session_id in sessions:
        await chat.store.execute_command("HSET", keys.session(session_id), "title", "word")
    await chat.store.zadd(keys.user_sessions(USER), dict.fromkeys(sessions, 5.0))
    assert sorted(hit.session_id for hit in await find(chat, "word", 7)) == sorted(sessions)


@pytest.mark.parametrize(
    "cursor",
    ["x", "", "a b", "AAAA", "=" * 8, "x" * 301, "会"]
    + [Place(*given).cursor() for given in [(float("inf"), "x"), (float("nan"), "x"), (1.0, "*"), (1.0, "a b")]]
    + [Place(1.0, "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f", position).cursor() for position in (-2, 2**53)],
)
def test_a_cursor_that_no_search_has_made_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        Place.parse(cursor)


def test_a_cursor_is_read_as_it_was_made() -> None:
    place = Place(1732880000.123456, "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f", 17, "179519040012345607-r")
    assert Place.parse(place.cursor()) == place


# ── Work ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def commands(chat: ChatFixture, words: str, cursor: str | None = "") -> tuple[dict[str, int], Found]:
    """Searches once. Returns how often each command was called in the store."""
    await call(chat, words, cursor=cursor)  # loads the script
    await chat.store.config_resetstat()
    found = await call(chat, words, cursor=cursor)
    stats: dict[str, dict[str, Any]] = await chat.store.info("commandstats")
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}, found


@pytest.mark.parametrize("count", [3000, 30_000])
async def test_a_call_reads_no_more_than_its_limit_of_messages(counted_chat: ChatFixture, count: int) -> None:
    chat = counted_chat
    await fill(chat, *["text"] * count)
    called, found = await commands(chat, "word")
    reads = search.MAX_MESSAGES // READ_MESSAGES
    assert (found.messages, found.sessions, called["evalsha"]) == (search.MAX_MESSAGES, 1, reads)
    assert called["zrevrangebyscore"] == 1
    assert called["hget"] <= search.MAX_MESSAGES + 2 * reads
    later, _ = await commands(chat, "word", found.cursor)
    assert later["evalsha"] <= reads
    assert later["hget"] <= search.MAX_MESSAGES + 2 * reads


@pytest.mark.parametrize("count", [300, 900])
async def test_a_call_reads_no_more_than_its_limit_of_sessions(counted_chat: ChatFixture, count: int) -> None:
    chat = counted_chat
    for _ in range(count):
        await chat.sessions.create(USER, "assistant")
    called, found = await commands(chat, "word")
    assert (called["evalsha"], found.sessions) == (MAX_READS, MAX_READS)
    assert called["zrevrangebyscore"] <= MAX_READS // search.SESSIONS_AHEAD + 1


async def test_a_call_reads_no_more_than_its_limit_of_bytes(counted_chat: ChatFixture) -> None:
    chat = counted_chat
    await fill(chat, *["x" * 300_000] * 40)
    called, found = await commands(chat, "word")
    assert found.messages == -(-search.MAX_BYTES // 300_000)
    assert called["evalsha"] == found.messages


async def test_a_call_takes_over_no_more_than_some_messages(counted_chat: ChatFixture) -> None:
    chat = counted_chat
    old = map(stored, dialogue(range(3000)))
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *old)
    await call(chat, "word")
    taken = await chat.store.execute_command("LLEN", keys.order(chat.session_id))
    assert taken <= search.MAX_BYTES // search.TAKEOVER_BYTES * 100
    assert len(await find(chat, "text")) == 3000


async def test_no_script_of_a_search_takes_longer_than_5_ms(counted_chat: ChatFixture) -> None:
    """By the fastest of several calls of the same work, because others use the machine."""
    chat = counted_chat
    await fill(chat, *["x" * 4900] * 5000)
    await call(chat, "word")
    await chat.store.config_set("slowlog-log-slower-than", 0)
    await chat.store.slowlog_reset()
    await call(chat, "word")
    calls = await chat.store.slowlog_get(1000)
    await chat.store.config_set("slowlog-log-slower-than", 10_000)
    scripts = [call["duration"] for call in calls if b"EVALSHA" in call["command"]]
    assert min(scripts) < CALL_MICROSECONDS


async def test_other_tasks_run_while_large_texts_are_compared(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SHARE_SECONDS", 0)
    await fill(chat, *["文" * 100_000] * 3)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await call(chat, "word")
    counting.cancel()
    await asyncio.wait([counting])
    assert turns >= 3 * 100_000 // 2048


def test_a_hit_contains_only_what_a_client_needs() -> None:
    hit = Hit(session_id="s", title="t", timestamp=1, excerpt="e", ranges=[(0, 1)])
    assert set(json.loads(hit.model_dump_json())) == {
        "session_id", "title", "message_id", "role", "timestamp", "excerpt", "ranges", "archived"
    }  # fmt: skip
