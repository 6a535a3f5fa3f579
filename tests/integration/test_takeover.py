"""What processes of 0.1.0 wrote, and go on writing, is taken over whole, in order and in bounded steps."""

from collections.abc import Sequence

import pytest

from chat import keys
from chat.errors import UnknownSession
from chat.messages import Message
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import run
from chat.takeover import take_over, takeover_call
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.earlier_release import EarlierMessage, EarlierRelease
from tests.support.messages import dialogue, stored

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=1000)
STEP = 100
"""Messages that one step takes over at most."""


@pytest.fixture
def chat(chat: ChatFixture) -> ChatFixture:
    chat.sessions, chat.turns = Sessions(chat.store, KEEPS_ALL), Turns(chat.store, KEEPS_ALL)
    return chat


@pytest.fixture
def earlier(chat: ChatFixture) -> EarlierRelease:
    return EarlierRelease(chat.store, chat.session_id)


@pytest.fixture
def unlimited(chat: ChatFixture) -> EarlierRelease:
    return EarlierRelease(chat.store, chat.session_id, limit=0)


async def step(chat: ChatFixture) -> bool:
    """Makes one step, as a process does that dies after it. Returns whether it was the last."""
    return await run(chat.store, takeover_call(KEEPS_ALL, chat.session_id))


async def branch(chat: ChatFixture, message_id: str = "") -> list[Message]:
    """Reads all pages of a branch, and checks how they fit together."""
    found, before = list[Message](), ""
    while True:
        page = await chat.sessions.history(USER, chat.session_id, 100, before, branch=message_id)
        found = [*page.messages, *found]
        if not page.has_more:
            break
        before = found[0].id
    assert page.total == len(found)
    assert [message.parent_id for message in found] == [None, *(message.id for message in found)][: len(found)]
    return found


async def texts(chat: ChatFixture, message_id: str = "") -> list[str]:
    return [message.content for message in await branch(chat, message_id)]


def contents_of(messages: Sequence[Message | EarlierMessage]) -> list[str]:
    return [message.content for message in messages]


async def ordered(chat: ChatFixture) -> int:
    """The number of messages that were taken over or added."""
    return int(await chat.store.execute_command("LLEN", keys.order(chat.session_id)))


async def model_titles(chat: ChatFixture, title: str) -> None:
    """`title.lua` of 0.1.0."""
    await chat.store.execute_command("HSET", keys.session(chat.session_id), "title", title, "title_from", "model")


async def keys_of(chat: ChatFixture) -> set[str]:
    return {name async for name in chat.store.scan_iter(match=f"chat:{{{chat.session_id}}}*")}


async def assert_whole(chat: ChatFixture, written: Sequence[EarlierMessage | Message]) -> None:
    """Checks that the session has exactly these messages, on one branch, and finds each reply by its turn."""
    found = await branch(chat)
    assert [(each.id, each.role, each.content) for each in found] == [(e.id, e.role, e.content) for e in written]
    assert await chat.store.execute_command("LRANGE", keys.order(chat.session_id), 0, -1) == [e.id for e in written]
    for message in [each for each in found if each.role == "assistant" and each.turn_id][:: max(1, len(found) // 20)]:
        reply = await chat.sessions.reply(message.turn_id or "")
        assert reply is not None
        assert reply.id == message.id


# ── Every kind of data ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 99, 100, 101, 3000])
async def test_all_messages_are_taken_over_in_order(chat: ChatFixture, unlimited: EarlierRelease, count: int) -> None:
    written = unlimited.dialogue(count)
    await unlimited.write(written)
    steps = 1
    while not await step(chat):
        assert await ordered(chat) == steps * STEP
        steps += 1
    assert steps == -(-count // STEP)
    await assert_whole(chat, written)
    assert contents_of(await unlimited.read()) == contents_of(written[-20:])
    assert await step(chat)


async def test_numbered_messages_with_totals_are_taken_over(chat: ChatFixture) -> None:
    """As the code between 0.1.0 and the tree wrote them."""
    written = dialogue(range(5))
    texts = [stored(each).replace(',"role"', ',"through":123,"role"', 1) for each in written]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *texts)
    await assert_whole(chat, written)


async def test_an_empty_session_has_nothing_to_take_over(chat: ChatFixture) -> None:
    before = await chat.kept()
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    assert await branch(chat) == []
    assert await chat.kept() == before


async def test_a_missing_session_stays_missing(chat: ChatFixture) -> None:
    await chat.sessions.delete(USER, chat.session_id)
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    assert await keys_of(chat) == set()


async def test_large_messages_are_taken_over_one_per_step(chat: ChatFixture, unlimited: EarlierRelease) -> None:
    written = unlimited.dialogue(4, "x" * 5_000_000)
    await unlimited.write(written)
    for taken in range(1, 4):
        assert not await step(chat)
        assert await ordered(chat) == taken
    assert await step(chat)
    await assert_whole(chat, written)


@pytest.mark.parametrize(
    "text", ['","id":"0-0', '"turn_id":"x.9"', '{"id":"1-a","parent_id":"', "\\", '\\"id":"', "会"]
)
async def test_any_text_is_taken_over_unchanged(chat: ChatFixture, earlier: EarlierRelease, text: str) -> None:
    turn_id = f"{chat.session_id}.5"
    written = [earlier.message(role, text, turn_id) for role in ("user", "assistant")]
    await earlier.write(written)
    await assert_whole(chat, written)


async def test_a_trimmed_session_stays_marked_as_trimmed(chat: ChatFixture, earlier: EarlierRelease) -> None:
    for number in range(15):
        await earlier.exchange(str(number))
    written = await earlier.read()
    assert len(written) == 20
    await assert_whole(chat, written)
    history = await chat.sessions.history(USER, chat.session_id, 5)
    assert (history.session.trimmed, history.total, history.has_more) == (True, 20, True)


async def test_a_waiting_turn_is_run_with_its_question(chat: ChatFixture, earlier: EarlierRelease) -> None:
    await earlier.exchange("one")
    turn_id = await earlier.ask("two")
    history = await chat.sessions.history(USER, chat.session_id)
    assert (contents_of(history.messages), history.session.active_turn) == (["one", "re: one", "two"], turn_id)
    claimed = await chat.turns.begin(turn_id, "7", messages=11)
    assert [Message.from_json(text).content for text in claimed.history] == ["one", "re: one", "two"]
    await chat.close(turn_id, "7", "re: two")
    assert await texts(chat) == contents_of(await earlier.read()) == ["one", "re: one", "two", "re: two"]


async def test_a_lost_turn_is_begun_again_before_a_user_reads(chat: ChatFixture, earlier: EarlierRelease) -> None:
    turn_id = await earlier.ask("one")
    state = ("state", "running", "owner", 5, "attempt", 1, "seq", 9)
    await chat.store.execute_command("HSET", keys.turn(turn_id), *state)
    claimed = await chat.turns.begin(turn_id, "7", messages=11)
    assert claimed.turn is not None
    assert (claimed.status, claimed.turn.attempt) == ("begun", 2)
    assert [Message.from_json(text).content for text in claimed.history] == ["one"]


@pytest.mark.parametrize("first", [True, False])
async def test_a_title_of_the_model_follows_its_messages(
    chat: ChatFixture, earlier: EarlierRelease, first: bool
) -> None:
    for text in ("one", "two"):
        await earlier.exchange(text)
    await model_titles(chat, "made")
    messages = await branch(chat)
    assert (await chat.sessions.get(USER, chat.session_id)).title == "made"
    await chat.open("other", replace_from=messages[0 if first else 2].id)
    assert (await chat.sessions.get(USER, chat.session_id)).title == ("other" if first else "made")


async def test_a_title_of_the_model_is_removed_with_its_reply(chat: ChatFixture, earlier: EarlierRelease) -> None:
    await earlier.exchange("one")
    await model_titles(chat, "quotes")
    reply = (await branch(chat))[1]
    await chat.sessions.branches.remove(USER, chat.session_id, reply.id)
    assert "quotes" not in str(await chat.kept())


async def test_taken_over_messages_are_kept_for_good(chat: ChatFixture, earlier: EarlierRelease) -> None:
    await earlier.write(earlier.dialogue(150))
    await chat.store.expire(keys.session(chat.session_id), 2_592_000)
    assert not await step(chat)
    for name in (keys.tree, keys.order):
        assert await chat.store.ttl(name(chat.session_id)) > 0, "a process that dies here leaves it for ever"
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    for name in (keys.session, keys.messages, keys.tree, keys.order, keys.turns):
        assert await chat.store.ttl(name(chat.session_id)) > KEEPS_ALL.keep_history - 600


# ── 0.1.0 goes on writing between two steps ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_a_takeover_goes_on_after_its_process_died(
    chat: ChatFixture, unlimited: EarlierRelease, steps: int
) -> None:
    written = unlimited.dialogue(250)
    await unlimited.write(written)
    for _ in range(steps):
        await step(chat)
    turn_id = (await chat.open("next")).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "re: next")
    assert await texts(chat) == [*contents_of(written), "next", "re: next"]
    assert await ordered(chat) == 252


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_what_is_appended_between_two_steps_is_taken_over(
    chat: ChatFixture, unlimited: EarlierRelease, steps: int
) -> None:
    written = unlimited.dialogue(250)
    await unlimited.write(written)
    for number in range(steps):
        await step(chat)
        await unlimited.exchange(f"new {number}")
    added = [text for number in range(steps) for text in (f"new {number}", f"re: new {number}")]
    assert await texts(chat) == [*contents_of(written), *added]


@pytest.mark.parametrize("replaced", [0, 40, 98, 99, 100, 101, 180, 249])
@pytest.mark.parametrize("steps", [1, 2])
async def test_a_message_replaced_between_two_steps_is_a_version(
    chat: ChatFixture, unlimited: EarlierRelease, steps: int, replaced: int
) -> None:
    """0.1.0 itself drops what it replaces; what was taken over before stays, as another version."""
    written = unlimited.dialogue(250)
    await unlimited.write(written)
    for _ in range(steps):
        await step(chat)
    replaced -= replaced % 2
    await unlimited.exchange("other", written[replaced].id)
    assert await texts(chat) == [*contents_of(written[:replaced]), "other", "re: other"]
    taken = STEP * steps
    if replaced < taken:
        assert await texts(chat, written[replaced].id) == contents_of(written[:taken])


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("step_of_the_earlier", ["clear", "delete"])
async def test_a_removal_between_two_steps_leaves_nothing(
    chat: ChatFixture, unlimited: EarlierRelease, steps: int, step_of_the_earlier: str
) -> None:
    await unlimited.write(unlimited.dialogue(250))
    await unlimited.exchange("secret")
    for _ in range(steps):
        await step(chat)
    if step_of_the_earlier == "delete":
        await unlimited.delete()
        await take_over(chat.store, KEEPS_ALL, chat.session_id)
        assert await keys_of(chat) == set()
        with pytest.raises(UnknownSession):
            await branch(chat)
        return
    await unlimited.clear()
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    assert await keys_of(chat) == {keys.session(chat.session_id)}
    assert await branch(chat) == []
    await unlimited.exchange("new")
    await chat.add_exchange("newer")
    assert await texts(chat) == ["new", "re: new", "newer", "re: newer"]


# ── 0.1.0 goes on writing after the takeover ──────────────────────────────────────────────────────────────────────

LONG, SHORT = 50, 6


@pytest.fixture(params=[LONG, SHORT], ids=["long", "short"])
async def both(request: pytest.FixtureRequest, chat: ChatFixture, unlimited: EarlierRelease) -> list[str]:
    """Takes over a session that both releases go on using. Returns its texts."""
    written = unlimited.dialogue(request.param)
    await unlimited.write(written)
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    return contents_of(written)


async def test_two_releases_take_turns_in_one_session(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    for number in range(12):
        await earlier.exchange(f"old {number}")
        assert (await texts(chat))[-2:] == [f"old {number}", f"re: old {number}"]
        await chat.add_exchange(f"new {number}")
        assert contents_of(await earlier.read())[-2:] == [f"new {number}", f"re: new {number}"]
        both += [f"old {number}", f"re: old {number}", f"new {number}", f"re: new {number}"]
    assert await texts(chat) == both
    assert contents_of(await earlier.read()) == both[-20:]


async def test_an_edit_by_the_earlier_release_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.exchange("other", shown[-2].id)
    assert await texts(chat) == [*both[:-2], "other", "re: other"]
    assert await texts(chat, shown[-1].id) == both


async def test_an_edit_of_the_oldest_it_knows_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.exchange("other", shown[0].id)
    assert await texts(chat) == [*both[: -len(shown)], "other", "re: other"]
    assert await texts(chat, shown[-1].id) == both


async def test_a_regeneration_by_the_earlier_release_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    turn_id = await earlier.ask(None, shown[-1].id)
    assert await texts(chat) == both[:-1]
    await earlier.answer(turn_id, "again")
    found = await branch(chat)
    assert contents_of(found) == [*both[:-1], "again"]
    assert found[-1].versions is not None
    assert (found[-1].versions.count, found[-1].versions.index) == (2, 1)


async def test_its_failed_regeneration_shows_the_reply_before(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.answer(await earlier.ask(None, shown[-1].id), "")
    assert await texts(chat) == both
    await chat.add_exchange("next")
    assert await texts(chat) == [*both, "next", "re: next"]


async def test_a_turn_of_one_release_is_ended_by_the_other(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    await earlier.answer((await chat.open("new question")).turn_id, "old reply")
    turn_id = await earlier.ask("old question")
    await chat.claim(turn_id, "9")
    await chat.close(turn_id, "9", "new reply")
    assert await texts(chat) == [*both, "new question", "old reply", "old question", "new reply"]
    for turn, expected in ((turn_id, "new reply"), ((await branch(chat))[-4].turn_id or "", "old reply")):
        reply = await chat.sessions.reply(turn)
        assert reply is not None
        assert reply.content == expected


async def test_many_turns_of_the_earlier_release_follow_the_others(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    """It drops all but 20 messages itself; these follow what was taken over before."""
    for number in range(15):
        await earlier.exchange(f"old {number}")
    assert await texts(chat) == [*both, *contents_of(await earlier.read())]


async def test_its_limit_does_not_mark_a_whole_session_trimmed(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    for number in range(8):
        await earlier.exchange(f"old {number}")
        await branch(chat)
    history = await chat.sessions.history(USER, chat.session_id)
    assert (history.total, history.session.trimmed) == (len(both) + 16, False)


async def test_its_clear_leaves_no_message(chat: ChatFixture, earlier: EarlierRelease, both: list[str]) -> None:
    await chat.add_exchange(f"secret {len(both)}")
    await earlier.clear()
    assert await keys_of(chat) == {keys.session(chat.session_id)}
    assert await branch(chat) == []
    await earlier.exchange("one")
    assert await texts(chat) == ["one", "re: one"]
    await earlier.clear()
    await chat.add_exchange("two")
    assert await texts(chat) == ["two", "re: two"]
    assert await ordered(chat) == 2


async def test_its_delete_leaves_no_key(chat: ChatFixture, earlier: EarlierRelease, both: list[str]) -> None:
    await chat.add_exchange(f"secret {len(both)}")
    await earlier.delete()
    assert await keys_of(chat) == set()
