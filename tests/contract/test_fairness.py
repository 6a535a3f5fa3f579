"""One user's many questions at once delay no other user."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx2
import pytest

from chat import keys
from tests.support.client import Client
from tests.support.databases import database
from tests.support.keyspace import names
from tests.support.model_server import Exchange
from tests.support.sse import read
from tests.support.stack import Stack, run_stack

CAP, SESSIONS, SAMPLES = 10, 140, 5
PERSISTENT = 20
"""In so many sessions the question is asked again and again, so that the flood lasts on a machine of any speed."""
AT_ONCE = 100
"""Questions in the other sessions that are sent at the same time. The API closes a connection that waits for 10 s, and
this process may need longer to send them all."""


@pytest.fixture(scope="module")
async def shared(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with twice as many worker slots as a user's active turns; its model never answers "spin"."""
    async with run_stack(
        database(redis_url),
        tmp_path_factory.mktemp("shared"),
        max_active_turns_per_user=str(CAP),
        max_sessions_per_user=str(SESSIONS),
        worker_slots=str(2 * CAP),
    ) as stack:
        stack.model.on("spin", _spin)
        yield stack


async def _spin(exchange: Exchange) -> None:
    await exchange.start()
    await asyncio.Event().wait()


class FirstWord(NamedTuple):
    """Seconds to the first word, from the question (client clock) and from the opened turn (server clock)."""

    from_question: float
    from_turn: float


async def _ask(user: Client, session_id: str) -> FirstWord:
    asked = time.monotonic()
    turn_id = await user.ask(session_id, "hello")
    async with user.events(turn_id) as response:
        await read(response, until=lambda transcript: bool(transcript.text))
        seconds = time.monotonic() - asked
    assert (await user.follow(turn_id)).text == "You said: hello "
    turn = await user.turn(turn_id)
    return FirstWord(seconds, turn["first_token_at"] - turn["created_at"])


def _medians(*measured: FirstWord) -> str:
    question = statistics.median(one.from_question for one in measured) * 1000
    turn = statistics.median(one.from_turn for one in measured) * 1000
    return f"{question:.1f} ms from the question, {turn:.1f} ms from its turn"


Answer = tuple[int, str]
"""Status and error code."""


async def _spin_in(session_id: str, greedy: httpx2.AsyncClient) -> Answer:
    response = await greedy.post("/chat/turns", json={"session_id": session_id, "message": "spin"})
    return response.status_code, response.json().get("code", "")


async def _spin_once(session_id: str, greedy: httpx2.AsyncClient, at_once: asyncio.Semaphore) -> list[Answer]:
    async with at_once:
        return [await _spin_in(session_id, greedy)]


async def _spin_until(session_id: str, greedy: httpx2.AsyncClient, over: asyncio.Event) -> list[Answer]:
    """Asks until a question is taken or `over` is set, at least once. Returns the answers."""
    answers = [await _spin_in(session_id, greedy)]
    while answers[-1][0] != 202 and not over.is_set():
        answers.append(await _spin_in(session_id, greedy))
    return answers


async def _names_about(stack: Stack, sessions: list[str]) -> set[str]:
    """Returns the keys, and members of the queue and the open turns, that name one of the sessions."""
    known = set(sessions)
    queued = await stack.queue.zrange(keys.QUEUE, 0, -1)
    unfinished = await stack.store.zrange(keys.OPEN_TURNS, 0, -1)
    found = {*await names(stack.store, stack.queue), *queued, *unfinished}
    return {name for name in found if any(part[:36] in known for part in name.replace("{", ":").split(":"))}


@pytest.fixture
async def greedy(shared: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A user's client with a connection of its own for each question."""
    any_number = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx2.AsyncClient(
        base_url=shared.url, params={"user_id": "greedy"}, timeout=120, limits=any_number
    ) as http:
        yield http


@pytest.mark.timeout(300)
async def test_a_flood_of_questions_is_capped_and_delays_no_other_user(
    shared: Stack, greedy: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared.client("greedy") as opener, shared.client() as modest:
        sessions = [await opener.start() for _ in range(SESSIONS)]
        before = await _names_about(shared, sessions)
        session_id = await modest.start()
        idle = [await _ask(modest, session_id) for _ in range(SAMPLES)]

        other_answered, at_once = asyncio.Event(), asyncio.Semaphore(AT_ONCE)
        asking = [_spin_until(session_id, greedy, other_answered) for session_id in sessions[:PERSISTENT]]
        asking += [_spin_once(session_id, greedy, at_once) for session_id in sessions[PERSISTENT:]]
        flood = [asyncio.create_task(each) for each in asking]
        await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        begun = sum(not task.done() for task in flood)
        meanwhile = await _ask(modest, session_id)
        assert not all(task.done() for task in flood[:PERSISTENT]), "the flood ended before the other user's reply"
        other_answered.set()
        answers = await asyncio.gather(*flood)
        counts = Counter(answer for each in answers for answer in each)
        assert counts.keys() == {(202, ""), (429, "too_many_turns")}
        assert counts[202, ""] == CAP
        taken = [session_id for session_id, each in zip(sessions, answers, strict=True) if each[-1][0] == 202]
        more = await _names_about(shared, sessions) - before
        assert more
        assert {part[:36] for name in more for part in name.replace("{", ":").split(":") if len(part) >= 36} == set(
            taken
        )
        during = [await _ask(modest, session_id) for _ in range(SAMPLES)]
    with capsys.disabled():
        print(  # noqa: T201 - prints the measurement
            f"\nfirst word, idle: {_medians(*idle)} (p50 of {SAMPLES}); while another user waits for {begun} of "
            f"{SESSIONS} answers: {_medians(meanwhile)}; during its {CAP} running turns: {_medians(*during)} "
            f"(p50 of {SAMPLES})"
        )
