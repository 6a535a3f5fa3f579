"""Processes of 0.1.0, which know no approvals, do no harm to turns that wait for their user."""

import pytest

from chat import keys
from chat.asks import Answer
from chat.event_log import LogWriter
from chat.events import Chunk
from chat.turn_record import Turn
from tests.support.approvals import approvals_of, ask, parked
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.earlier_release import EarlierRelease

ALLOW = Answer(state="allowed")


@pytest.fixture
def earlier(chat: ChatFixture) -> EarlierRelease:
    return EarlierRelease(chat.store, chat.session_id)


async def turn_of(chat: ChatFixture, turn_id: str) -> Turn:
    turn = await chat.turns.get(turn_id)
    assert turn
    return turn


async def test_sweeps_of_0_1_0_do_not_see_a_waiting_turn(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    assert await chat.store.zscore(keys.OPEN_TURNS, turn_id) is None  # the only list that they look at


async def test_a_worker_of_0_1_0_makes_the_reply_again(chat: ChatFixture, earlier: EarlierRelease) -> None:
    turn_id = await parked(chat)
    seq = await earlier.claim(turn_id, "200")
    turn = await turn_of(chat, turn_id)
    assert not turn.is_paused
    assert (await approvals_of(chat).answer(USER, turn_id, turn.asked.asks["0"], ALLOW)).status == "held"
    assert await chat.last(turn_id) == seq  # so that worker can go on
    await chat.append(LogWriter(turn_id, "200", seq), Chunk(content="without tools"))
    await chat.close(turn_id, "200", "without tools")
    assert await chat.contents() == ["hello", "without tools"]


@pytest.mark.parametrize("is_answered", [True, False])
async def test_no_answer_outlives_a_reply_that_0_1_0_began_again(
    chat: ChatFixture, earlier: EarlierRelease, is_answered: bool
) -> None:
    turn_id = await parked(chat)
    if is_answered:
        await approvals_of(chat).answer(USER, turn_id, (await turn_of(chat, turn_id)).asked.asks["0"], ALLOW)
    await earlier.claim(turn_id, "200")
    claimed = await chat.turns.begin(turn_id, "300", earlier="drop")
    assert claimed.status == "begun"
    assert claimed.turn
    assert not claimed.turn.asked.asks
    other = ask(arguments='{"path":"/"}')
    assert (await approvals_of(chat).park(turn_id, "300", claimed.turn.seq, [other])).status == "parked"
    (open_ask,) = (await turn_of(chat, turn_id)).asked.unanswered
    assert open_ask.arguments == '{"path":"/"}'
