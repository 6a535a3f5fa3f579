"""Sessions of guests who never came back are deleted, and no others."""

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api.erasure import Erasure
from api.health.metrics import Metrics
from api.stopping import Stopping
from chat import keys
from chat.api_tokens import ApiTokens
from chat.direct_sessions import DirectSessions
from chat.endings import Endings
from chat.event_log import TurnLog
from chat.files.files import Files
from chat.files.objects import Objects
from chat.guest_visits import BATCH, GuestVisits
from chat.own_personas import OwnPersonas
from chat.queue import Queue
from chat.sessions import Sessions
from chat.settings import DAY, Settings
from chat.shares import Shares
from chat.telemetry.traces import Traces
from chat.turns import Turns
from chat.waiting import WaitingQuestions

SETTINGS = Settings(_env_file=None, max_active_turns_per_user=0)
GUEST, RETURNED = f"guest-{1:032x}", f"guest-{2:032x}"


@pytest.fixture
async def visits(store: Redis) -> AsyncIterator[GuestVisits]:
    yield GuestVisits(store, SETTINGS)
    await store.delete(keys.GUESTS)


@pytest.fixture
def erasure(store: Redis, visits: GuestVisits) -> Erasure:
    turns, queue = Turns(store, SETTINGS), Queue(store, SETTINGS)
    waiting = WaitingQuestions(store, SETTINGS, turns, queue)
    endings = Endings(turns, TurnLog(store), queue, waiting, Traces())
    files = Files(store, SETTINGS, Objects(""))
    stopping, personas = Stopping(turns, queue, endings, Metrics()), OwnPersonas(store, SETTINGS)
    sessions = Sessions(store, SETTINGS)
    direct = DirectSessions(store, SETTINGS, sessions, files)
    shares, api_tokens = Shares(store, SETTINGS), ApiTokens(store, SETTINGS)
    return Erasure(sessions, direct, stopping, visits, files, personas, shares, api_tokens)


async def was_here(store: Redis, user_id: str, days_ago: float) -> None:
    await store.zadd(keys.GUESTS, {user_id: time.time() - days_ago * DAY})


async def test_sessions_of_a_guest_who_never_came_back_are_deleted(
    store: Redis, visits: GuestVisits, erasure: Erasure
) -> None:
    sessions = Sessions(store, SETTINGS)
    made = [await sessions.create(GUEST, "assistant") for _ in range(3)]
    await was_here(store, GUEST, 91)
    await erasure.erase_absent()
    assert await sessions.page(GUEST, 10, 0) == ([], 0)
    assert await store.exists(*(keys.session(session.session_id) for session in made)) == 0
    assert await visits.absent() == []


async def test_sessions_of_a_guest_who_came_back_are_kept(store: Redis, visits: GuestVisits, erasure: Erasure) -> None:
    sessions = Sessions(store, SETTINGS)
    await sessions.create(RETURNED, "assistant")
    await was_here(store, RETURNED, 91)
    await visits.note(RETURNED)
    await erasure.erase_absent()
    assert (await sessions.page(RETURNED, 10, 0))[1] == 1
    await sessions.delete(RETURNED, (await sessions.page(RETURNED, 10, 0))[0][0].session_id)


@pytest.mark.parametrize("user_id", ["alice", "guest-1", f"guest-{1:033x}", ""])
async def test_users_with_accounts_are_not_recorded(store: Redis, visits: GuestVisits, user_id: str) -> None:
    await visits.note(user_id)
    assert await store.zcard(keys.GUESTS) == 0


@pytest.mark.parametrize("change", [{"auth_mode": "trust"}, {"guest_expire_time": 0}])
async def test_guests_are_recorded_only_where_they_expire(store: Redis, change: dict[str, object]) -> None:
    await GuestVisits(store, SETTINGS.model_copy(update=change)).note(GUEST)
    assert await store.zcard(keys.GUESTS) == 0


async def test_a_visit_is_recorded_once_an_hour(store: Redis, visits: GuestVisits) -> None:
    await visits.note(GUEST)
    await was_here(store, GUEST, 1)
    before = await store.zscore(keys.GUESTS, GUEST)
    await visits.note(GUEST)
    assert await store.zscore(keys.GUESTS, GUEST) == before


async def test_absent_guests_are_read_in_batches(store: Redis, visits: GuestVisits) -> None:
    for number in range(BATCH + 5):
        await was_here(store, f"guest-{number:032x}", 100 + number)
    absent = await visits.absent()
    assert len(absent) == BATCH
    assert absent[0] == f"guest-{BATCH + 4:032x}"
