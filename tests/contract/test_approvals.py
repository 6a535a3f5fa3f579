"""Users answer what turns ask about calls of tools: once, as their owner, in time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chat import keys
from tests.contract.refusals import refused
from tests.support.approvals import FORM, ask, form
from tests.support.client import Client
from tests.support.databases import database
from tests.support.paused_turns import TEXT, HandMade, paused
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually


@pytest.fixture
async def user(workless: Stack) -> AsyncIterator[Client]:
    async with workless.client() as client:
        yield client


def path(turn_id: str) -> str:
    return f"/chat/turns/{turn_id}/approvals"


async def answer(user: Client, turn_id: str, decision: str = "allow", name: str = "0", **more: Any) -> Any:
    return await user.http.post(path(turn_id), json={"id": name, "decision": decision, **more})


async def session_of(user: Client, turn_id: str) -> dict[str, Any]:
    sessions = (await user.http.get("/chat/sessions")).json()["sessions"]
    (session,) = [each for each in sessions if each["session_id"] == keys.session_of(turn_id)]
    return dict(session)


async def test_a_turn_shows_what_it_asks_in_full(workless: Stack, user: Client) -> None:
    _, turn_id = await paused(workless, user, ask(0, '{"path":"/' + "x" * 9000 + '"}'), form(1))
    turn = await user.turn(turn_id)
    assert (turn["state"], turn["finished_at"]) == ("running", None)
    call, question = turn["approvals"]
    until = call.pop("until")
    expected = ask(0, '{"path":"/' + "x" * 9000 + '"}').model_dump(exclude={"state", "round"})
    assert call == {**expected, "server_title": None, "title": None, "message": None, "form": None, "held": None}
    assert (question["id"], question["message"], question["form"]) == ("1.1", "Your name?", FORM)
    assert question["until"] == until
    assert (await session_of(user, turn_id))["needs_answer"] is True


async def test_an_answer_queues_the_turn_and_is_in_its_log(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user)
    response = await answer(user, turn_id, "deny", note=" Not that one. ")
    assert response.status_code == 200, response.text
    assert response.json() == {"turn_id": turn_id, "id": "0", "state": "denied"}
    assert await worker.is_queued(turn_id)
    assert (await user.turn(turn_id))["approvals"] == []
    assert (await session_of(user, turn_id))["needs_answer"] is False
    events = (await user.http.get(f"/chat/turns/{turn_id}/events", params={"wait": "0"})).text
    assert '"state":"denied","note":"Not that one."' in events
    turn = await worker.turns.get(turn_id)
    assert turn
    assert turn.asked.answers["0"].note == "Not that one."


async def test_the_same_answer_again_is_accepted(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user)
    responses = [await answer(user, turn_id, note="Yes") for _ in range(3)]
    assert [each.status_code for each in responses] == [200, 200, 200]
    assert len({each.text for each in responses}) == 1
    writer = await worker.claim(turn_id)
    assert (await answer(user, turn_id, note="Yes")).status_code == 200
    assert writer.seq == (await worker.turns.get(turn_id)).seq  # type: ignore[union-attr]


async def test_an_answer_to_an_earlier_question_is_refused(workless: Stack, user: Client) -> None:
    """A call that is repeated may ask something else under the id that the page shows."""
    worker, turn_id = await paused(workless, user, form(1))
    content = {"content": {"name": "Ada"}}
    earlier = form(1, message="Delete which one?").revision
    refused(await answer(user, turn_id, "allow", "1.1", revision=earlier, **content), 409, "approval_changed")
    (question,) = (await user.turn(turn_id))["approvals"]
    assert question["revision"] == form(1).revision != earlier
    response = await answer(user, turn_id, "allow", "1.1", revision=question["revision"], **content)
    assert response.status_code == 200, response.text
    assert await worker.is_queued(turn_id)


async def test_another_answer_is_refused(workless: Stack, user: Client) -> None:
    _, turn_id = await paused(workless, user)
    await answer(user, turn_id, "deny")
    for decision, more in (("allow", {}), ("allow_session", {}), ("deny", {"note": "because"})):
        refused(await answer(user, turn_id, decision, **more), 409, "approval_answered")


async def test_only_the_owner_may_answer(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user)
    async with workless.client() as stranger:
        refused(await answer(stranger, turn_id), 404, "unknown_turn")
    assert not await worker.is_queued(turn_id)


@pytest.mark.parametrize("name", ["1", "0.1", "0 ", "ask:0", "é"])
async def test_what_is_not_asked_takes_no_answer(workless: Stack, user: Client, name: str) -> None:
    _, turn_id = await paused(workless, user)
    refused(await answer(user, turn_id, name=name), 404, "unknown_approval")


async def test_a_turn_that_asks_nothing_takes_no_answer(user: Client) -> None:
    turn_id = await user.ask(await user.start(), "hello")
    refused(await answer(user, turn_id), 404, "unknown_approval")
    refused(await answer(user, f"{turn_id}9"), 404, "unknown_turn")
    refused(await answer(user, "x"), 404, "unknown_turn")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "0"},
        {"id": "0", "decision": "maybe"},
        {"id": "", "decision": "allow"},
        {"id": 0, "decision": "allow"},
        {"id": "0", "decision": "allow", "note": "x" * 501},
        {"id": "0", "decision": "allow", "content": "text"},
        {"id": "0", "decision": "allow", "more": 1},
    ],
)
async def test_an_odd_answer_is_refused(workless: Stack, user: Client, body: dict[str, Any]) -> None:
    _, turn_id = await paused(workless, user)
    refused(await user.http.post(path(turn_id), json=body), 422, "invalid_request")
    assert len((await user.turn(turn_id))["approvals"]) == 1


async def test_a_call_takes_no_content(workless: Stack, user: Client) -> None:
    _, turn_id = await paused(workless, user)
    refused(await answer(user, turn_id, content={"name": "Ada"}), 422, "not_a_form")


async def test_a_form_takes_what_fits_it(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user, form())
    refused(await answer(user, turn_id, "allow_session", "0.1"), 422, "not_for_session")
    for content in (None, {}, {"name": 1}, {"name": "x" * 20_000}, {"name": "Ada", "much": [0] * 20_000}):
        refused(await answer(user, turn_id, "allow", "0.1", content=content), 422, "invalid_input")
    body = b'{"id":"0.1","decision":"allow","content":{"name":"\\ud800"}}'
    odd = await user.http.post(path(turn_id), content=body, headers={"Content-Type": "application/json"})
    assert odd.status_code in (400, 422), odd.text
    assert (await answer(user, turn_id, "allow", "0.1", content={"name": "Ada"})).json()["state"] == "answered"
    turn = await worker.turns.get(turn_id)
    assert turn
    assert turn.asked.answers["0.1"].content == {"name": "Ada"}
    assert "Ada" not in (await user.http.get(f"/chat/turns/{turn_id}/events", params={"wait": "0"})).text


async def test_a_form_can_be_refused(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user, form())
    assert (await answer(user, turn_id, "deny", "0.1")).json()["state"] == "denied"
    assert await worker.is_queued(turn_id)


async def test_each_of_several_questions_is_answered(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user, ask(0), ask(1), ask(2))
    for number, decision in enumerate(("deny", "allow")):
        await answer(user, turn_id, decision, str(number))
        assert not await worker.is_queued(turn_id)
    assert [each["id"] for each in (await user.turn(turn_id))["approvals"]] == ["2"]
    await answer(user, turn_id, "allow", "2")
    assert await worker.is_queued(turn_id)


async def test_a_tool_can_be_allowed_for_the_session(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user)
    assert (await answer(user, turn_id, "allow_session")).json()["state"] == "allowed_session"
    token = await worker.queue.take(turn_id)
    assert token
    assert (await worker.turns.begin(turn_id, token)).allowed_tools == {"files/delete_file"}


async def test_a_stop_ends_a_waiting_turn_and_keeps_its_text(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user)
    stopped = await user.http.post(f"/chat/turns/{turn_id}/cancel")
    assert stopped.json()["state"] == "cancelled"
    turn = await user.turn(turn_id)
    assert (turn["state"], turn["approvals"]) == ("cancelled", [])
    reply = (await user.history(keys.session_of(turn_id)))[-1]
    assert (reply["role"], reply["content"], reply["finish_reason"]) == ("assistant", TEXT, "cancelled")
    refused(await answer(user, turn_id), 409, "turn_over")
    assert not await worker.is_queued(turn_id)
    assert (await session_of(user, turn_id))["needs_answer"] is False


@pytest.mark.parametrize("end", ["delete", "clear"])
async def test_what_is_deleted_asks_nothing_more(workless: Stack, user: Client, end: str) -> None:
    worker, turn_id = await paused(workless, user)
    session_id = keys.session_of(turn_id)
    where = f"/chat/sessions/{session_id}" if end == "delete" else f"/chat/history/{session_id}"
    assert (await user.http.delete(where)).status_code == 200
    refusal = await answer(user, turn_id)
    assert (refusal.status_code, refusal.json()["code"]) in ((404, "unknown_turn"), (409, "turn_over"))
    assert not await worker.is_queued(turn_id)

    async def is_forgotten() -> bool:
        scores = [await workless.store.zscore(name, turn_id) for name in (keys.PAUSED_TURNS, keys.OPEN_TURNS)]
        return scores == [None, None]

    await eventually(is_forgotten)


async def test_an_answer_that_comes_too_late_is_refused(workless: Stack, user: Client) -> None:
    worker, turn_id = await paused(workless, user, seconds=0)
    refused(await answer(user, turn_id), 409, "approval_expired")

    async def is_queued() -> bool:  # by a sweep, for a worker that ends the turn
        return await worker.is_queued(turn_id)

    await eventually(is_queued)


async def test_one_of_two_answers_at_once_counts(workless: Stack, user: Client) -> None:
    _, turn_id = await paused(workless, user)
    responses = await asyncio.gather(*(answer(user, turn_id, decision) for decision in ("allow", "deny") * 5))
    codes = [each.status_code for each in responses]
    assert sorted(codes) == [200] * 5 + [409] * 5
    assert len({each.json()["state"] for each in responses if each.status_code == 200}) == 1


async def test_a_session_waits_while_its_turn_asks(workless: Stack, user: Client) -> None:
    _, turn_id = await paused(workless, user)
    refused(await user.post_turn(keys.session_of(turn_id), "more"), 409, "turn_running")
    waits = await user.post_turn(keys.session_of(turn_id), "more", when_busy="wait")
    assert waits.json()["waits"] is True


async def test_answers_are_counted_and_logged_without_content(workless: Stack, user: Client) -> None:
    async def counted() -> dict[str, float]:
        lines = (await user.http.get("/metrics")).text.splitlines()
        found = [line.rsplit(" ", 1) for line in lines if line.startswith("holdfast_approvals_total{")]
        return {name.partition('"')[2].partition('"')[0]: float(value) for name, value in found}

    before = await counted()
    _, turn_id = await paused(workless, user, ask(0, '{"path":"secret words"}'), form(1))
    for _ in range(2):
        await answer(user, turn_id, "deny", note="more secret words")
        await answer(user, turn_id, "allow", "1.1", content={"name": "further secret words"})
    gained = {name: value - before[name] for name, value in (await counted()).items()}
    assert gained == {"allowed": 0, "allowed_session": 0, "denied": 1, "answered": 1}
    (line, _) = [each for each in workless.logs().splitlines() if turn_id in each and "approval_answered" in each]
    assert '"tool": "files/delete_file"' in line
    assert "secret words" not in workless.logs()


async def test_a_worker_that_still_parks_is_followed(workless: Stack, user: Client) -> None:
    """The answer comes between parking and the end of the job: the job is queued once that is over."""
    turn_id = await user.ask(await user.start(), "hello")
    worker = HandMade(workless)
    writer = await worker.claim(turn_id)
    assert worker.token
    seq = await worker.call(writer, [ask()])
    await worker.approvals.park(turn_id, worker.token, seq, [ask()])
    assert (await answer(user, turn_id)).status_code == 200
    await worker.queue.finish(turn_id, worker.token)

    async def is_queued() -> bool:  # by a sweep; a worker process does it at once
        return await worker.is_queued(turn_id)

    await eventually(is_queued)


async def test_an_answer_needs_a_free_slot_of_the_user(redis_url: str, tmp_path: Path) -> None:
    async with (
        run_stack(database(redis_url), tmp_path, workers=0, max_active_turns_per_user="1") as stack,
        stack.client() as user,
    ):
        worker, turn_id = await paused(stack, user)
        other = await user.ask(await user.start(), "another")
        refused(await answer(user, turn_id), 429, "too_many_turns")
        assert not await worker.is_queued(turn_id)
        await user.http.post(f"/chat/turns/{other}/cancel")
        codes = [
            each.status_code for each in await asyncio.gather(answer(user, turn_id), answer(user, turn_id, "deny"))
        ]
        assert sorted(codes) == [200, 409]
        refused(await user.post_turn(await user.start(), "one more"), 429, "too_many_turns")
