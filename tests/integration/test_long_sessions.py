"""Steps whose work must not grow with the session. Their reads in the store are counted, not timed."""

from typing import Any

import pytest
from redis.asyncio import Redis

from bench.curves.lab import UNKNOWN, fill_history, message_id
from chat import keys
from chat.errors import UnknownMessage
from chat.events import End
from chat.messages import Message, Versions, question_id, reply_id
from chat.settings import Settings
from chat.takeover import take_over
from chat.tool_calls import ReplyStep, ServerCall
from chat.turn_removal import TurnRemoval
from chat.turns import Opened, Turns
from tests.support.chat_fixture import USER, ChatFixture

LONG = 5000
FEW = 16
"""Reads that a step on a single message may need, however long the session is."""

SHOWING = 20 + 2 * FEW
"""Reads that a step may need after which another branch is shown: 20 messages of it are copied for 0.1.0."""

SMALL_SLICE = 20
"""Turns removed by one step, in place of 200, so that few turns need several steps."""

KEEPS_ALL = Settings(_env_file=None, max_history_messages=0)


@pytest.fixture
def chat(counted_chat: ChatFixture) -> ChatFixture:
    return counted_chat


@pytest.fixture
async def long(chat: ChatFixture) -> ChatFixture:
    """A session with `LONG` messages, all of which are kept."""
    chat.turns = Turns(chat.store, KEEPS_ALL)
    await fill_history(chat.store, chat.session_id, LONG)
    return chat


async def reads(store: Redis) -> int:
    """The number of commands so far that read messages or their places, inside or outside of scripts."""
    stats: dict[str, dict[str, Any]] = await store.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("hget", "lindex", "lrange"))


def opened_id(opened: Opened) -> str:
    return question_id(opened.turn_id)


async def stored_messages(chat: ChatFixture) -> int:
    """The number of messages in the tree."""
    fields = await chat.store.execute_command("HKEYS", keys.tree(chat.session_id))
    return sum(":" not in field for field in fields)


@pytest.mark.parametrize("index", [0, 2, LONG // 2, LONG - 2])
async def test_a_message_is_found_by_few_reads_wherever_it_is(long: ChatFixture, index: int) -> None:
    before = await reads(long.store)
    opened = await long.open("other", replace_from=message_id(index))
    assert await reads(long.store) - before <= SHOWING
    assert await stored_messages(long) == LONG + 1
    history = await long.sessions.history(USER, long.session_id)
    assert (history.total, history.messages[-1].turn_id) == (index + 1, opened.turn_id)
    assert history.messages[-1].versions == Versions(index=1, count=2, ids=[message_id(index), opened_id(opened)])
    earlier = range(max(0, index - 19), index)
    assert [message.id for message in history.messages[:-1]] == [message_id(number) for number in earlier]


@pytest.mark.parametrize("index", [0, 2, LONG // 2, LONG - 2])
async def test_a_branch_is_shown_by_few_reads_wherever_it_forks(long: ChatFixture, index: int) -> None:
    turn_id = (await long.open("other", replace_from=message_id(index))).turn_id
    await long.turns.cancel(USER, turn_id)
    for leaf, chosen in ((message_id(LONG - 1),) * 2, (reply_id(turn_id), question_id(turn_id))):
        before = await reads(long.store)
        assert await long.sessions.branches.show(USER, long.session_id, chosen) == leaf
        assert await reads(long.store) - before <= SHOWING
    before = await reads(long.store)
    assert await long.sessions.branches.show(USER, long.session_id, message_id(index)) == message_id(LONG - 1)
    assert await reads(long.store) - before <= SHOWING


UNKNOWNS = [f"7-{UNKNOWN}", f"{LONG}-{UNKNOWN}", "9" * 40 + "-" + "a" * 20, "-1-a", '7-a","role":"user', "%d+-%x", "7-",
            UNKNOWN, "v:", f"v:{message_id(6)}", f"s:{message_id(0)}", "t:1"]  # fmt: skip


async def test_an_unknown_message_costs_few_reads(long: ChatFixture) -> None:
    for unknown in UNKNOWNS:
        before = await reads(long.store)
        with pytest.raises(UnknownMessage):
            await long.open("other", replace_from=unknown)
        assert await reads(long.store) - before <= FEW, unknown
    assert await stored_messages(long) == LONG


async def test_a_message_among_large_ones_is_found_by_few_reads(chat: ChatFixture) -> None:
    large = [Message(role="assistant", content="x" * 600_000) for _ in range(50)]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *[each.to_json() for each in large])
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    before = await reads(chat.store)
    with pytest.raises(UnknownMessage):
        await chat.open("other", replace_from=UNKNOWN)
    assert await reads(chat.store) - before <= FEW
    before = await reads(chat.store)
    page = await chat.sessions.history(USER, chat.session_id, before=large[1].id)
    assert await reads(chat.store) - before <= FEW
    assert [message.id for message in page.messages] == [large[0].id]


async def test_messages_of_earlier_versions_get_further_versions(chat: ChatFixture) -> None:
    chat.turns = Turns(chat.store, KEEPS_ALL)
    old = [Message(role=role, content=role, turn_id=f"{chat.session_id}.5") for role in ("user", "assistant", "user")]
    stored = [f'{{"role":"{m.role}","content":"{m.content}","timestamp":1.0,"id":"{m.id}"}}' for m in old]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *stored)
    opened = await chat.open("other", replace_from=old[2].id)
    assert await chat.contents() == ["user", "assistant", "other"]
    newest = (await chat.sessions.history(USER, chat.session_id)).messages[-1]
    assert newest.versions == Versions(index=1, count=2, ids=[old[2].id, opened_id(opened)])
    assert await stored_messages(chat) == 4


async def test_the_id_of_a_cleared_message_never_matches_again(chat: ChatFixture) -> None:
    await chat.open("first")
    (first,) = (await chat.sessions.history(USER, chat.session_id)).messages
    await chat.sessions.clear(USER, chat.session_id)
    await chat.open("second")
    (second,) = (await chat.sessions.history(USER, chat.session_id)).messages
    assert first.id != second.id
    await chat.turns.cancel(USER, second.turn_id or "")
    with pytest.raises(UnknownMessage):
        await chat.open("third", replace_from=first.id)


@pytest.mark.parametrize("text", ['","id":"0-0', "%1 %d \\1 $&", '{"id":"1-a","through":9', "\u2028\x00\\\\", "🙂"])
async def test_any_text_is_stored_unchanged(chat: ChatFixture, text: str) -> None:
    opened = await chat.open(text)
    (message,) = (await chat.sessions.history(USER, chat.session_id)).messages
    assert (message.content, message.turn_id) == (text, opened.turn_id)
    await chat.turns.cancel(USER, opened.turn_id)
    await chat.open(None, replace_from=None)


async def test_history_that_outgrew_a_lowered_limit_shrinks_in_steps(chat: ChatFixture) -> None:
    await fill_history(chat.store, chat.session_id, 1000)
    turn_id = (await chat.open("next")).turn_id
    assert await stored_messages(chat) == 901
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1")
    assert await stored_messages(chat) == 802
    history = await chat.sessions.history(USER, chat.session_id, 1)
    assert (history.total, history.session.trimmed) == (802, True)


async def test_a_reply_is_found_or_missed_by_few_reads(long: ChatFixture) -> None:
    for index in (0, 1, 1234, LONG // 2 - 1, 999_998):
        before = await reads(long.store)
        reply = await long.sessions.reply(f"{long.session_id}.{index + 1}")
        assert await reads(long.store) - before <= FEW, index
        assert (reply and reply.id) == (message_id(2 * index + 1) if index < LONG // 2 else None)


async def test_a_turn_number_that_does_not_grow_is_replaced(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a second API replica whose clock is behind."""
    first = (await chat.open()).turn_id
    await chat.turns.cancel(USER, first)
    monkeypatch.setattr("chat.questions.time.time_ns", lambda: 1_000_000_000_000_000_000)
    second = (await chat.open()).turn_id
    assert int(second.rpartition(".")[2]) == int(first.rpartition(".")[2]) + 1


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sessions", "turn_removal"):
        monkeypatch.setattr(f"chat.{module}.SLICE", SMALL_SLICE)


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("count", [SMALL_SLICE - 1, SMALL_SLICE, 3 * SMALL_SLICE + 7])
@pytest.mark.parametrize("step", ["delete", "clear"])
async def test_removing_many_turns_and_records_leaves_nothing(chat: ChatFixture, count: int, step: str) -> None:
    for number in range(count):
        turn_id = (await chat.open(idempotency_key=f"k{number}")).turn_id
        await chat.turns.cancel(USER, turn_id)
        await chat.turns.open_turns.forget(turn_id)
    running, _ = await chat.begun()
    if step == "delete":
        assert await chat.sessions.delete(USER, chat.session_id) == {running: ""}
        kept = set[str]()
    else:
        assert await chat.sessions.clear(USER, chat.session_id) == running
        kept = {
            keys.session(chat.session_id),
            keys.turns(chat.session_id),
            keys.turn(running),
            keys.log(running),
            keys.idempotency(chat.session_id),
            keys.idempotency_times(chat.session_id),
        }
    assert {name async for name in chat.store.scan_iter(match=f"chat:*{chat.session_id}*")} == kept
    assert not [m for m in await chat.store.zrange(keys.active_turns(USER), 0, -1) if m != running]


@pytest.mark.usefixtures("small_slices")
async def test_a_process_that_dies_while_deleting_leaves_expiring_keys(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(SMALL_SLICE + 5):
        await chat.turns.cancel(USER, (await chat.open()).turn_id)

    async def dies(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(TurnRemoval, "drop_oldest", dies)
    with pytest.raises(ConnectionResetError):
        await chat.sessions.delete(USER, chat.session_id)
    left = [name async for name in chat.store.scan_iter(match=f"chat:{{{chat.session_id}}}*")]
    assert keys.session(chat.session_id) not in left
    assert len(left) > 1
    for name in left:
        assert 0 < await chat.store.ttl(name) <= KEEPS_ALL.log_ttl
    assert not await chat.store.zscore(keys.user_sessions(USER), chat.session_id)


async def test_expired_records_are_dropped_by_later_questions(chat: ChatFixture) -> None:
    names = {f"old{number}": "t d 1" for number in range(250)}
    await chat.store.execute_command(
        "HSET", keys.idempotency(chat.session_id), *[word for pair in names.items() for word in pair]
    )
    await chat.store.zadd(keys.idempotency_times(chat.session_id), dict.fromkeys(names, 1))
    for number in range(3):
        await chat.turns.cancel(USER, (await chat.open(idempotency_key=f"k{number}")).turn_id)
    assert set(await chat.store.execute_command("HKEYS", keys.idempotency(chat.session_id))) == {
        keys.digest(f"k{number}") for number in range(3)
    }


@pytest.mark.parametrize(("size", "fit"), [(100_000, 5), (600_000, 1), (40_000, 13)])
async def test_a_turn_begins_with_the_newest_messages_up_to_500_kb(chat: ChatFixture, size: int, fit: int) -> None:
    """In order, including the message that exceeds the bound, and however many are wanted."""
    large = [Message(role="user", content=f"{number}" + "x" * size) for number in range(20)]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *[each.to_json() for each in large])
    chat.turns = Turns(chat.store, KEEPS_ALL)
    turn_id = (await chat.open("and now?")).turn_id
    for token, wanted in enumerate((15, 1000), 1):
        before = await reads(chat.store)
        claimed = await chat.turns.begin(turn_id, str(token), messages=wanted)
        read = [Message.from_json(text).content for text in claimed.history]
        assert read == [*(each.content for each in large[-fit:]), "and now?"]
        # question, context, what is continued, allowed tools, whether it has expired, what it has asked
        assert await reads(chat.store) - before == 6 + len(read)


async def test_long_results_of_tools_do_not_crowd_out_earlier_messages(chat: ChatFixture) -> None:
    chat.turns = Turns(chat.store, KEEPS_ALL)
    for number in range(3):
        await chat.add_exchange(f"question {number}")
    turn_id = (await chat.open("look it up")).turn_id
    await chat.claim(turn_id, "1")
    turn = await chat.turns.get(turn_id)
    assert turn
    call = ServerCall(id="c", name="find", arguments="{}", server="docs", status="ok", content="x" * 600_000)
    reply = Message(id=reply_id(turn_id), role="assistant", content="found", steps=[ReplyStep(calls=[call])])
    await chat.turns.close(turn, "1", "done", End(session_id=chat.session_id, finish_reason="stop"), reply)
    claimed = await chat.turns.begin((await chat.open("and now?")).turn_id, "2", messages=21)
    assert len(claimed.history) == 9
