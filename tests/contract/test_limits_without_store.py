"""While the queue's Redis is slow, silent or gone, each process limits requests with its own counts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.contract.refusals import refused
from tests.support.databases import database, queue_of
from tests.support.network import Relay, relay
from tests.support.scrapes import Scrapes
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

AMOUNT = 30
COUNTED_LOCALLY = "holdfast_requests_counted_locally_total"
DELAY_SECONDS = 2.0


@asynccontextmanager
async def behind_relay(
    redis_url: str, folder: Path, apis: int = 1, /, **settings: str
) -> AsyncIterator[tuple[Stack, Relay]]:
    """A stack without workers, and the relay on its way to the queue's Redis, which the test breaks."""
    url = database(redis_url)
    port_and_db = queue_of(url).rpartition(":")[2]
    async with relay(int(port_and_db.partition("/")[0])) as link:
        queue_url = f"redis://127.0.0.1:{link.port}/{port_and_db.partition('/')[2]}"
        async with run_stack(url, folder, apis=apis, workers=0, queue_redis_url=queue_url, **settings) as stack:
            yield stack, link


def answer_late(link: Relay) -> None:
    link.delay_seconds = DELAY_SECONDS


def answer_nothing(link: Relay) -> None:
    link.swallow()
    link.shun()


def refuse(link: Relay) -> None:
    link.cut()


OUTAGES = {"slow": answer_late, "silent": answer_nothing, "gone": refuse}


async def burst(http: httpx2.AsyncClient, method: str, path: str, count: int) -> list[httpx2.Response]:
    return list(await asyncio.gather(*(http.request(method, path) for _ in range(count))))


def tally(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_users_requests_are_limited_during_an_outage(redis_url: str, tmp_path: Path, outage: str) -> None:
    async with behind_relay(redis_url, tmp_path, rate_limit_user=f"{AMOUNT}/hour") as (stack, link):
        OUTAGES[outage](link)
        async with stack.client() as user, stack.client() as other:
            answers = await burst(user.http, "GET", "/roles", 2 * AMOUNT)
            assert tally(answers) == {200: AMOUNT, 429: AMOUNT}
            one_by_one = [await user.http.get("/me") for _ in range(3)]
            for answer in (*(each for each in answers if each.status_code == 429), *one_by_one):
                refused(answer, 429, "rate_limited")
                assert 3540 < int(answer.headers["retry-after"]) <= 3600
            assert (await other.http.get("/roles")).status_code == 200
        assert "requests_counted_locally" in stack.logs()
        assert (await Scrapes().look(stack.url)).sum(COUNTED_LOCALLY) >= AMOUNT


@pytest.mark.parametrize(("way", "setting", "code"), [
    (("GET", "/roles"), "rate_limit_address", "rate_limited"),
    (("POST", "/auth/guest"), "rate_limit_new_guests", "too_many_guests"),
    (("GET", "/me"), "rate_limit_new_guests", "too_many_guests"),
])  # fmt: skip
async def test_requests_of_an_address_are_limited_during_an_outage(
    redis_url: str, tmp_path: Path, way: tuple[str, str], setting: str, code: str
) -> None:
    async with behind_relay(redis_url, tmp_path, auth_mode="guest", **{setting: f"{AMOUNT}/hour"}) as (stack, link):
        answer_late(link)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(new_visit(stack, *way)) for _ in range(2 * AMOUNT)]
        answers = [each.result() for each in tasks]
        assert tally(answers) == {200: AMOUNT, 429: AMOUNT}
        for answer in answers:
            if answer.status_code == 429:
                refused(answer, 429, code)


async def new_visit(stack: Stack, method: str, path: str) -> httpx2.Response:
    """Sends a request as a visitor without a cookie."""
    async with httpx2.AsyncClient(base_url=stack.url, timeout=30) as http:
        return await http.request(method, path)


async def test_requests_before_the_outage_count_during_it(redis_url: str, tmp_path: Path) -> None:
    async with behind_relay(redis_url, tmp_path, rate_limit_user="5/hour") as (stack, link), stack.client() as user:
        assert tally(await burst(user.http, "GET", "/roles", 3)) == {200: 3}
        answer_nothing(link)
        assert tally(await burst(user.http, "GET", "/roles", 6)) == {200: 2, 429: 4}


async def test_requests_refused_by_the_store_are_not_counted_locally(redis_url: str, tmp_path: Path) -> None:
    async with behind_relay(redis_url, tmp_path, 2, rate_limit_user="4/hour") as (stack, link):
        async with stack.client("somebody") as here, stack.client("somebody", api=1) as there:
            assert tally(await burst(here.http, "GET", "/roles", 4)) == {200: 4}
            refusals = await burst(there.http, "GET", "/roles", 6)
            assert tally(refusals) == {429: 6}
            assert all(3540 < int(answer.headers["retry-after"]) <= 3600 for answer in refusals)
            answer_nothing(link)
            assert tally(await burst(there.http, "GET", "/roles", 6)) == {200: 4, 429: 2}


async def test_replicas_count_together_again_after_the_outage(redis_url: str, tmp_path: Path) -> None:
    async with behind_relay(redis_url, tmp_path, rate_limit_user="1000/hour") as (stack, link), stack.client() as user:
        refuse(link)
        assert (await user.http.get("/roles")).status_code == 200
        link.restore()

        async def counts_together() -> bool:
            assert (await user.http.get("/roles")).status_code == 200
            return "requests_counted_together" in stack.logs()

        await eventually(counts_together)


async def test_data_stays_available_while_requests_are_not_counted(redis_url: str, tmp_path: Path) -> None:
    async with behind_relay(redis_url, tmp_path, rate_limit_user="100/minute") as (stack, link), stack.client() as user:
        session_id = await user.start()
        answer_nothing(link)
        assert await user.history(session_id) == []
        assert (await user.http.get("/roles")).status_code == 200


async def test_a_failing_store_is_queried_by_few_requests(redis_url: str, tmp_path: Path) -> None:
    async with behind_relay(redis_url, tmp_path, rate_limit_user="1000/hour") as (stack, link):
        async with stack.client() as user:
            assert (await user.http.get("/roles")).status_code == 200
            answer_nothing(link)
            assert (await user.http.get("/roles")).status_code == 200
            before = calls(link)
            assert tally([await user.http.get("/roles") for _ in range(100)]) == {200: 100}
            assert calls(link) - before < 50


def calls(link: Relay) -> int:
    """Returns how often the store was asked to run a script."""
    return sum(each.count(b"EVALSHA") for each in link.asked)
