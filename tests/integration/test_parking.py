"""Turns that wait for an answer of their user, on a real store: parking, attempts, stops, expiry."""

import json

import pytest

from chat import keys
from chat.event_log import LostTurn
from chat.events import Chunk, Restart
from tests.support.approvals import approvals_of, ask, form, parked
from tests.support.chat_fixture import SETTINGS, ChatFixture


async def test_a_parked_turn_has_its_question_in_log_and_record(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.is_paused
    (question,) = turn.asked.unanswered
    assert question.tool == "files/delete_file"
    assert question.arguments == '{"path":"/tmp/a"}'
    assert question.until == turn.paused
    event = json.loads((await chat.logged(turn_id))[-1])
    expected = {"type": "approval", "id": "0", "index": 0, "kind": "call", "state": "asked", "until": turn.paused}
    assert event == {**expected, "revision": question.revision}


async def test_parking_again_changes_nothing(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    before = await chat.turn_fields(turn_id), await chat.logged(turn_id)
    assert (await approvals_of(chat).park(turn_id, "100", 2, [ask()])).status == "parked"
    assert (await chat.turn_fields(turn_id), await chat.logged(turn_id)) == before


async def test_only_the_owner_parks(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun("100")
    await chat.claim(turn_id, "200")
    with pytest.raises(LostTurn):
        await approvals_of(chat).park(turn_id, "100", await chat.last(turn_id), [ask()])


async def test_a_store_that_lost_events_refuses_to_park(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    with pytest.raises(LostTurn):
        await approvals_of(chat).park(turn_id, "100", await chat.last(turn_id) + 1, [ask()])


async def test_a_stopped_turn_is_not_parked(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await chat.turns.cancel("alice", turn_id)
    assert (await approvals_of(chat).park(turn_id, "100", await chat.last(turn_id), [ask()])).status == "stopped"
    assert not (await chat.turn_fields(turn_id)).keys() & {"asks", "paused"}


async def test_a_claim_does_not_begin_a_parked_turn(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    before = await chat.turn_fields(turn_id)
    assert (await chat.turns.begin(turn_id, "200", earlier="ask")).status == "paused"
    assert await chat.turn_fields(turn_id) == before


async def test_a_parked_turn_is_not_among_the_open_ones(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    assert await chat.store.zscore(keys.OPEN_TURNS, turn_id) is None
    assert await chat.store.zscore(keys.PAUSED_TURNS, turn_id) is not None


async def test_a_question_that_expires_ends_the_wait(chat: ChatFixture) -> None:
    turn_id = await parked(chat, seconds=0)
    claimed = await chat.turns.begin(turn_id, "200", earlier="ask")
    assert claimed.status == "expired"
    assert claimed.turn
    assert not claimed.turn.is_paused
    assert claimed.turn.asked.answers["0"].state == "expired"
    expired = {
        "type": "approval",
        "id": "0",
        "index": 0,
        "kind": "call",
        "state": "expired",
        "revision": ask().revision,
    }
    assert json.loads((await chat.logged(turn_id))[-1]) == expired
    logged = await chat.logged(turn_id)
    assert (await chat.turns.begin(turn_id, "300", earlier="ask")).status == "expired"
    assert await chat.logged(turn_id) == logged


async def test_a_stopped_parked_turn_is_closed_by_any_claim(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    await chat.turns.cancel("alice", turn_id)
    assert (await chat.turns.begin(turn_id, "200", earlier="ask")).status == "cancelled"


async def test_a_worker_that_dies_after_parking_is_no_loss(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    await chat.turns.hand_back(turn_id, "100", "died")
    await chat.store.execute_command("HDEL", keys.turn(turn_id), "paused")
    await chat.claim(turn_id, "200", "keep")
    assert "lost" not in await chat.turn_fields(turn_id)


async def test_a_question_is_kept_longer_than_it_waits(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    for name in (keys.turn(turn_id), keys.log(turn_id)):
        assert await chat.store.ttl(name) >= 3600 + SETTINGS.running_ttl - 5


async def test_a_held_question_leaves_the_turn_with_its_worker(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    held = await approvals_of(chat).hold(turn_id, "100", [form()])
    assert held.status == "held"
    turn = await chat.turns.get(turn_id)
    assert turn
    assert not turn.is_paused
    assert turn.asked.asks["0.1"].until == pytest.approx(held.until)
    await chat.append(writer, Chunk(content="on"))


@pytest.mark.parametrize("voiding", ["drop", "restart"])
async def test_a_reply_that_begins_again_has_no_answers(chat: ChatFixture, voiding: str) -> None:
    turn_id, writer = await chat.begun()
    await approvals_of(chat).hold(turn_id, "100", [ask()])
    await chat.store.execute_command("HSET", keys.turn(turn_id), "answer:0", '{"state":"allowed"}')
    if voiding == "drop":
        await chat.claim(turn_id, "200", "drop")
    else:
        await chat.append(writer, Restart(attempt=1))
    assert not [name for name in await chat.turn_fields(turn_id) if name.startswith(("ask", "answer"))]


async def test_an_attempt_that_goes_on_has_the_answers(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await approvals_of(chat).hold(turn_id, "100", [ask(0), ask(1)])
    await chat.store.execute_command("HSET", keys.turn(turn_id), "answer:0", '{"state":"denied","note":"no"}')
    claimed = await chat.turns.begin(turn_id, "200", earlier="keep")
    assert claimed.turn
    assert {name: answer.state for name, answer in claimed.turn.asked.answers.items()} == {"0": "denied"}
    assert claimed.turn.asked.unanswered == []


async def test_the_same_question_with_an_answer_is_not_asked_again(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await approvals_of(chat).hold(turn_id, "100", [ask()])
    await chat.store.execute_command("HSET", keys.turn(turn_id), "answer:0", '{"state":"allowed"}')
    steps = approvals_of(chat)
    assert (await steps.park(turn_id, "100", await chat.last(turn_id), [ask()])).status == "answered"
    other = ask(arguments='{"path":"/"}')
    assert (await steps.park(turn_id, "100", await chat.last(turn_id), [other])).status == "parked"
    turn = await chat.turns.get(turn_id)
    assert turn
    assert [each.arguments for each in turn.asked.unanswered] == ['{"path":"/"}']
