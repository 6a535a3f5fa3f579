"""What processes of 0.1.0 wrote is taken over whole, in order and in bounded steps."""

import pytest

from chat import keys
from chat.errors import UnknownSession
from chat.messages import Message
from chat.sessions import Sessions
from chat.takeover import take_over
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.earlier_release import EarlierRelease
from tests.support.messages import dialogue, stored
from tests.support.taken_over import (
    KEEPS_ALL,
    assert_whole,
    branch,
    contents_of,
    keys_of,
    model_titles,
    ordered,
    step,
    texts,
)

STEP = 50
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
    turn_id = (await chat.open("other", replace_from=messages[0 if first else 2].id)).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1")
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
