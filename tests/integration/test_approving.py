"""Answers of users to turns that wait for them, on a real store: what each stores, repetitions, races, sweeps."""

import asyncio
import json
from typing import NamedTuple

import pytest
from redis.asyncio import Redis

from chat import keys
from chat.approval_errors import ApprovalAnswered, ApprovalChanged, ApprovalExpired, TurnOver
from chat.approvals import Answered
from chat.asks import Answer, Ask
from chat.endings import Endings
from chat.errors import HoldfastError, UnknownTurn
from chat.queue import Queue
from chat.sweep import Sweeper
from chat.telemetry.traces import Traces
from chat.tool_calls import Approval, ServerCall
from chat.waiting import WaitingQuestions
from tests.support.approvals import approvals_of, ask, form, parked
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

ALLOW = Answer(state="allowed")
DENY = Answer(state="denied", note="not that one")


async def given(chat: ChatFixture, turn_id: str, answer: Answer = ALLOW, name: str = "0", user: str = USER) -> Answered:
    turn = await chat.turns.get(turn_id)
    assert turn
    return await approvals_of(chat).answer(user, turn_id, turn.asked.asks[name], answer)


class Swept(NamedTuple):
    """A sweeper with its queue and endings."""

    sweeper: Sweeper
    queue: Queue
    endings: Endings


@pytest.fixture
def swept(chat: ChatFixture, queue_store: Redis) -> Swept:
    queue = Queue(queue_store, SETTINGS)
    waiting = WaitingQuestions(chat.store, SETTINGS, chat.turns, queue)
    endings = Endings(chat.turns, chat.log, queue, waiting, Traces())
    return Swept(Sweeper(chat.turns, queue, waiting, endings), queue, endings)


async def test_the_last_answer_ends_the_wait(chat: ChatFixture) -> None:
    turn_id = await parked(chat, ask(0), ask(1), form(2))
    assert await given(chat, turn_id, DENY, "0") == ("stored", True)
    assert await given(chat, turn_id, ALLOW, "1") == ("stored", True)
    assert (await chat.turns.begin(turn_id, "200", earlier="ask")).status == "paused"
    content = Answer(state="answered", content={"name": "Ada"})
    assert await given(chat, turn_id, content, "2.1") == ("resumed", True)
    claimed = await chat.turns.begin(turn_id, "200", earlier="keep")
    assert claimed.status == "begun"
    assert claimed.turn
    assert claimed.turn.asked.answers == {"0": DENY, "1": ALLOW, "2.1": content}
    events = [json.loads(event) for event in await chat.logged(turn_id)]
    assert [event["state"] for event in events if event["type"] == "approval"][-3:] == ["denied", "allowed", "answered"]
    assert events[-1] == {"type": "resume", "attempt": 2}
    assert "Ada" not in str(events)


async def test_the_same_answer_again_changes_nothing(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    await given(chat, turn_id)
    before = await chat.turn_fields(turn_id), await chat.logged(turn_id)
    assert await given(chat, turn_id) == ("resumed", False)
    assert (await chat.turn_fields(turn_id), await chat.logged(turn_id)) == before


async def test_another_answer_is_refused(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    await given(chat, turn_id, DENY)
    with pytest.raises(ApprovalAnswered):
        await given(chat, turn_id, ALLOW)


async def test_only_the_owner_answers(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    with pytest.raises(UnknownTurn):
        await given(chat, turn_id, user="mallory")


async def test_an_answer_to_an_earlier_question_does_not_count(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    turn = await chat.turns.get(turn_id)
    assert turn
    other = turn.asked.asks["0"].model_copy(update={"stored": ask(arguments="{}").model_dump_json()})
    with pytest.raises(ApprovalChanged):
        await approvals_of(chat).answer(USER, turn_id, other, ALLOW)


@pytest.mark.parametrize("end", ["stop", "close"])
async def test_a_turn_that_is_over_takes_no_answer(chat: ChatFixture, end: str) -> None:
    turn_id = await parked(chat)
    if end == "stop":
        await chat.turns.cancel(USER, turn_id)
    else:
        await chat.close(turn_id)
    with pytest.raises(TurnOver):
        await given(chat, turn_id)


async def test_an_answer_after_its_time_is_refused(chat: ChatFixture) -> None:
    turn_id = await parked(chat, seconds=0)
    with pytest.raises(ApprovalExpired):
        await given(chat, turn_id)
    await chat.turns.begin(turn_id, "200", earlier="ask")
    with pytest.raises(ApprovalExpired):
        await given(chat, turn_id)


async def test_a_tool_is_allowed_for_the_session(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    await given(chat, turn_id, Answer(state="allowed_session"))
    claimed = await chat.turns.begin(turn_id, "200", earlier="keep")
    assert claimed.allowed_tools == {"files/delete_file"}
    await chat.close(turn_id, "200")
    following = (await chat.open("again")).turn_id
    assert (await chat.turns.begin(following, "300")).allowed_tools == {"files/delete_file"}
    await chat.close(following, "300")
    await chat.sessions.clear(USER, chat.session_id)
    last = (await chat.open("anew")).turn_id
    assert (await chat.turns.begin(last, "400")).allowed_tools == frozenset()


async def test_a_session_allows_at_most_200_tools(chat: ChatFixture) -> None:
    lines = "\n".join(f"files/tool{number}" for number in range(200))
    await chat.store.execute_command("HSET", keys.session(chat.session_id), "allowed_tools", lines)
    turn_id = await parked(chat)
    await given(chat, turn_id, Answer(state="allowed_session"))
    allowed = (await chat.turns.begin(turn_id, "200", earlier="keep")).allowed_tools
    assert len(allowed) == 200
    assert "files/delete_file" in allowed
    assert "files/tool0" not in allowed


async def test_a_worker_reads_the_answer_to_a_question_it_holds(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await approvals_of(chat).hold(turn_id, "100", [form()])
    before = await chat.logged(turn_id)
    assert (await given(chat, turn_id, Answer(state="answered", content={"name": "Ada"}), "0.1")).status == "held"
    assert await chat.logged(turn_id) == before
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.asked.answers["0.1"].content == {"name": "Ada"}


async def test_one_of_two_answers_at_once_counts(chat: ChatFixture) -> None:
    turn_id = await parked(chat)
    answers = [given(chat, turn_id, ALLOW if number % 2 else DENY) for number in range(20)]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(isinstance(each, Answered) and each.is_new for each in outcomes) == 1
    assert sum(isinstance(each, ApprovalAnswered) for each in outcomes) == 10
    states = [json.loads(event).get("state") for event in await chat.logged(turn_id)]
    assert len([state for state in states if state in ("allowed", "denied")]) == 1


async def test_an_answer_and_a_stop_at_once_end_the_turn(chat: ChatFixture, swept: Swept) -> None:
    for number in range(10):
        turn_id = await parked(chat)
        steps = [given(chat, turn_id), chat.turns.cancel(USER, turn_id)]
        if number % 2:
            steps.reverse()
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        assert all(not isinstance(each, Exception) or isinstance(each, HoldfastError) for each in outcomes)
        assert await swept.endings.end_stopped(turn_id) == "ended"
        turn = await chat.turns.get(turn_id)
        assert turn
        assert turn.state == "cancelled"
        assert (await chat.contents())[-1] == "Shall I?"


async def test_an_answer_and_its_expiry_at_once_agree(chat: ChatFixture) -> None:
    for number in range(10):
        turn_id = await parked(chat, seconds=0.003)
        steps = [given(chat, turn_id), chat.turns.begin(turn_id, "200", earlier="keep")]
        if number % 2:
            steps.reverse()
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        claimed = await chat.turns.begin(turn_id, "300", earlier="keep")
        while claimed.status == "paused":
            claimed = await chat.turns.begin(turn_id, "300", earlier="keep")
        is_answered = any(isinstance(each, Answered) for each in outcomes)
        assert claimed.status == ("begun" if is_answered else "expired")
        await chat.close(turn_id, "300")


async def test_a_sweep_leaves_a_waiting_turn_alone(chat: ChatFixture, swept: Swept) -> None:
    turn_id = await parked(chat)
    for steps in (swept.sweeper.sweep_paused, swept.sweeper.sweep):
        await steps([turn_id])
        assert not await swept.queue.has(turn_id)
        assert await chat.store.zscore(keys.PAUSED_TURNS, turn_id) is not None
        assert await chat.store.zscore(keys.OPEN_TURNS, turn_id) is None


async def test_a_sweep_queues_an_answered_turn(chat: ChatFixture, swept: Swept) -> None:
    turn_id = await parked(chat)
    await given(chat, turn_id)
    await swept.sweeper.sweep_paused([turn_id])
    assert await swept.queue.has(turn_id)
    assert await chat.store.zscore(keys.PAUSED_TURNS, turn_id) is None
    assert await chat.store.zscore(keys.OPEN_TURNS, turn_id) is not None


async def test_a_sweep_queues_a_turn_whose_time_is_over(chat: ChatFixture, swept: Swept) -> None:
    turn_id = await parked(chat, seconds=0)
    await swept.sweeper.sweep_paused([turn_id])
    assert await swept.queue.has(turn_id)


async def test_a_sweep_ends_a_waiting_turn_that_was_stopped(chat: ChatFixture, swept: Swept) -> None:
    turn_id = await parked(chat)
    await chat.turns.cancel(USER, turn_id)
    await swept.sweeper.sweep_paused([turn_id])
    turn = await chat.turns.get(turn_id)
    assert turn
    assert turn.state == "cancelled"
    assert await chat.contents() == ["hello", "Shall I?"]


async def test_a_sweep_forgets_a_deleted_waiting_turn(chat: ChatFixture, swept: Swept) -> None:
    turn_id = await parked(chat)
    await chat.sessions.delete(USER, chat.session_id)
    await swept.sweeper.sweep_paused([turn_id])
    assert await chat.store.zscore(keys.PAUSED_TURNS, turn_id) is None
    assert await chat.store.zscore(keys.OPEN_TURNS, turn_id) is None


async def test_a_session_says_that_it_waits_for_an_answer(chat: ChatFixture) -> None:
    async def needs_answer() -> bool:
        ((session,), _) = await chat.sessions.page(USER, 10, 0)
        return session.needs_answer

    turn_id = await parked(chat, ask(0), ask(1))
    assert await needs_answer()
    await given(chat, turn_id, ALLOW, "0")
    assert await needs_answer()
    await given(chat, turn_id, ALLOW, "1")
    assert not await needs_answer()


async def test_a_waiting_turn_leaves_its_users_slot(chat: ChatFixture, store: Redis) -> None:
    strict = SETTINGS.model_copy(update={"max_active_turns_per_user": 1})
    other = type(chat.turns)(store, strict)
    turn_id = await parked(chat)
    turn = await chat.turns.get(turn_id)
    assert turn
    second = await chat.sessions.create(USER, "assistant")
    question = chat.question().__class__(second.session_id, "assistant", "m", "hi")
    await other.open(USER, question, 0)
    with pytest.raises(HoldfastError) as refused:
        await other.rejoin(turn)
    assert refused.value.code == "too_many_turns"


def test_an_ask_is_about_one_call_only() -> None:
    call = ServerCall(id="c", name="delete_file", arguments='{"a":1}', server="files")
    approval = Approval(id="0", index=0, kind="call", state="asked")
    question = Ask.of(approval, call)
    assert question.approval() == approval.model_copy(update={"revision": question.revision})
    assert Ask.of(approval, call).revision == question.revision
    assert Ask.of(approval, call.model_copy(update={"arguments": '{"a":2}'})).revision != question.revision
    assert question.is_about(call)
    assert not question.is_about(call.model_copy(update={"arguments": '{"a":2}'}))
    assert not question.is_about(call.model_copy(update={"server": "others"}))
