"""Replies that a model makes in the background, when workers die and users stop."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from chat import keys
from tests.chaos import background
from tests.chaos.background import WHOLE, background_deployment, kill_all
from tests.chaos.deployment import Deployment, kill
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.client_questions import ask, request_of
from tests.support.responses_server import Response, ResponsesServer, Scripted
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Deployment, ResponsesServer]]:
    folder = tmp_path_factory.mktemp("background") / "deployment"
    async with background_deployment(folder) as deployed:
        yield deployed


@pytest.fixture
def deployment(running: tuple[Deployment, ResponsesServer]) -> Deployment:
    return running[0]


@pytest.fixture
def server(running: tuple[Deployment, ResponsesServer]) -> ResponsesServer:
    return running[1]


async def halfway(
    deployment: Deployment, server: ResponsesServer, question: str
) -> tuple[SimulatedUser, ObservedTurn, "asyncio.Task[ObservedTurn]", asyncio.Event]:
    """Ask a question whose reply waits in its middle for the event. Its reader has all until there."""
    go, user = asyncio.Event(), SimulatedUser(deployment)

    async def wait(position: int) -> None:
        if position >= len(WHOLE) // 2:
            await go.wait()

    server.on(question, Scripted(WHOLE, before=wait))
    observed = await user.ask(question, model="responding")
    reading = asyncio.create_task(user.read(observed))

    async def has_half() -> bool:
        return len(observed.transcript.text) >= len(WHOLE) // 2

    await eventually(has_half)
    return user, observed, reading, go


def response_of(server: ResponsesServer, question: str) -> Response:
    (response,) = server.of(question)
    return response


async def test_killed_workers_cost_no_word_and_no_second_reply(deployment: Deployment, server: ResponsesServer) -> None:
    figures = await background.killed_at_random(deployment, server, 4, seed=1, at_once=2)
    assert figures["responses"] == 4 + figures["restarted"]


async def test_calls_of_tools_go_on_after_a_kill(deployment: Deployment, server: ResponsesServer) -> None:
    question, user, go = "Which weather?", SimulatedUser(deployment), asyncio.Event()
    calls = [{"id": f"call_{n}", "name": "weather", "arguments": json.dumps({"city": WHOLE})} for n in range(2)]

    sent = [0, 0]  # calls, and characters of the last one

    async def wait(position: int) -> None:
        sent[:] = sent[0] + (position == 0), position
        if sent[0] == len(calls) and position >= len(WHOLE):
            await go.wait()

    server.on(question, Scripted("", calls=tuple((each["name"], each["arguments"]) for each in calls), before=wait))
    session_id = (await user.call("POST", "/chat/start"))["session_id"]
    observed = ObservedTurn(session_id, "")
    observed.turn_id = await ask(deployment.store, deployment.queue, session_id, request_of(question), "responding")
    reading = asyncio.create_task(user.read(observed))

    async def has_half() -> bool:
        return len(observed.transcript.calls) == 2 and len(observed.transcript.calls[1]["arguments"]) > 10

    await eventually(has_half)
    await kill_all(deployment)
    go.set()
    await reading
    assert observed.transcript.calls == calls
    assert "restart" not in observed.transcript.types, observed.transcript.types
    assert "resume" in observed.transcript.types
    assert len(server.of(question)) == 1
    reply = (await user.history(session_id))[-1]
    assert (reply["tool_calls"], reply["finish_reason"]) == (calls, "tool_calls")


async def test_a_stop_reaches_the_response(deployment: Deployment, server: ResponsesServer) -> None:
    user, observed, reading, _ = await halfway(deployment, server, "Stop me")
    await user.call("POST", f"/chat/turns/{observed.turn_id}/cancel")
    await reading
    await check([user], [observed])

    async def is_cancelled() -> bool:
        return response_of(server, "Stop me").status == "cancelled"

    await eventually(is_cancelled)


async def test_without_a_worker_ended_turns_stop_responses_later(
    deployment: Deployment, server: ResponsesServer
) -> None:
    user, stopped, *_ = await halfway(deployment, server, "Stop me without a worker")
    other, deleted, *_ = await halfway(deployment, server, "Delete me without a worker")
    while deployment.workers:
        await kill(deployment.workers.pop())
    await user.call("POST", f"/chat/turns/{stopped.turn_id}/cancel")
    await other.call("DELETE", f"/chat/sessions/{deleted.session_id}")
    questions = ("Stop me without a worker", "Delete me without a worker")
    assert {response_of(server, question).status for question in questions} == {"in_progress"}
    for _ in range(2):
        await deployment.start_worker()

    async def are_cancelled() -> bool:
        return all(response_of(server, question).status == "cancelled" for question in questions)

    await eventually(are_cancelled)
    await check([user], [stopped])


async def test_deleting_the_session_stops_the_response(deployment: Deployment, server: ResponsesServer) -> None:
    user, observed, reading, _ = await halfway(deployment, server, "Delete me")
    await user.call("DELETE", f"/chat/sessions/{observed.session_id}")
    await reading

    async def is_cancelled() -> bool:
        return response_of(server, "Delete me").status == "cancelled"

    await eventually(is_cancelled)


async def test_a_response_that_is_gone_is_made_again(deployment: Deployment, server: ResponsesServer) -> None:
    question = "A response that expires"
    user, observed, reading, go = await halfway(deployment, server, question)
    response_of(server, question).is_gone = True
    await kill_all(deployment)
    go.set()
    await reading
    await check([user], [observed], WHOLE)
    kinds = [kind for kind in observed.transcript.types if kind in ("resume", "restart")]
    assert (kinds[0], kinds[-1], len(server.of(question))) == ("resume", "restart", 2)


async def test_a_response_that_fails_unread_is_made_again(deployment: Deployment, server: ResponsesServer) -> None:
    question, user = "A response that fails", SimulatedUser(deployment)

    async def wait(_: int) -> None:
        await asyncio.Event().wait()

    server.on(question, Scripted(WHOLE, before=wait), Scripted(WHOLE))
    observed = await user.ask(question, model="responding")
    reading = asyncio.create_task(user.read(observed))

    async def is_tracked() -> bool:
        return bool(await deployment.store.execute_command("HEXISTS", keys.turn(observed.turn_id), "position"))

    await eventually(is_tracked)
    while deployment.workers:
        await kill(deployment.workers.pop())
    response_of(server, question).end("failed")
    for _ in range(2):
        await deployment.start_worker()
    await reading
    await check([user], [observed], WHOLE)
    kinds = [kind for kind in observed.transcript.types if kind in ("resume", "restart", "retry")]
    assert (kinds, len(server.of(question))) == (["resume", "restart"], 2)
    assert len(server.of(question)[0].reads) == 1


async def test_a_response_too_old_to_be_streamed_is_waited_for(deployment: Deployment, server: ResponsesServer) -> None:
    question = "A response that grows old"
    user, observed, reading, go = await halfway(deployment, server, question)
    response_of(server, question).is_old = True
    await kill_all(deployment)
    go.set()
    await reading
    await check([user], [observed], WHOLE)
    assert "restart" not in observed.transcript.types
    assert len(server.of(question)) == 1


async def test_a_lost_connection_is_made_again_in_the_same_attempt(
    deployment: Deployment, server: ResponsesServer
) -> None:
    question, user = "A story over many connections", SimulatedUser(deployment)
    server.on(question, Scripted(WHOLE, ("hm",)))
    server.drops += [8, 1, 5, 20]
    observed = await user.read(await user.ask(question, model="responding"))
    (turn,) = await check([user], [observed], WHOLE)
    assert (turn["attempt"], response_of(server, question).reads) == (1, [7, 8, 13, 33])
