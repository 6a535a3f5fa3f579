"""A full or read-only store refuses new writes with a code of its own; all other requests go on."""

import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from chat import keys
from launcher import valkey
from tests.contract.refusals import nothing_stored, refused
from tests.contract.test_readiness import GOOD, becomes, metric
from tests.support.client import Client
from tests.support.foreign_exports import encoded, own, own_file, own_message, simple_chatgpt
from tests.support.processes import start
from tests.support.sse import frames, read
from tests.support.stack import Stack, environment, run_stack
from tests.support.waiting import eventually

IMPORT = encoded([simple_chatgpt()])


@dataclass
class Full:
    """A stack on its own servers, one of which the test can fill up by `limit`."""

    stack: Stack
    store: Redis
    name: str

    async def limit(self, share: float) -> None:
        """Sets the memory limit so that this share of it is used; 0 removes the limit."""
        used = (await self.store.info("memory"))["used_memory"]
        await self.store.config_set("maxmemory", int(used / share) if share else 0)

    async def fill(self, user: Client, session_id: str, share: float) -> None:
        """Fills the store to this share and waits until the API refuses writes."""
        await self.limit(share)

        async def is_known() -> bool:
            response = await user.http.patch(f"/chat/sessions/{session_id}", json={"title": "any"})
            return bool(response.json().get("code") == "store_full")

        await eventually(is_known)


STORES = ["same store", "data of two", "queue of two"]
"""Which store the tests fill up."""


@pytest.fixture(scope="module", params=STORES)
async def own_servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Full]:
    folder = tmp_path_factory.mktemp("full")
    for name in ("data", "queue", "stack"):
        (folder / name).mkdir()
    with valkey.running(folder / "data") as url, valkey.running(folder / "queue") as other:
        queue_url = url if request.param == "same store" else other
        async with run_stack(url, folder / "stack", queue_redis_url=queue_url, lease_seconds="1") as stack:
            is_queue = request.param == "queue of two"
            yield Full(stack, stack.queue if is_queue else stack.store, "queue" if is_queue else "data")


@pytest.fixture
async def full(own_servers: Full) -> AsyncIterator[Full]:
    """The stack without a limit, which takes questions again whatever the test before did."""
    await becomes(own_servers.stack, **GOOD)
    async with own_servers.stack.client() as user:

        async def takes_sessions() -> bool:
            return (await user.http.post("/chat/start")).status_code == 200

        await eventually(takes_sessions)
    yield own_servers
    await own_servers.limit(0)


async def test_a_full_store_accepts_nothing_new_until_memory_is_free(full: Full) -> None:
    async with full.stack.client() as user:
        session_id = await user.start()
        accepted = await user.post_turn(session_id, "hello", key="mine")
        await user.follow(accepted.json()["turn_id"])
        await full.fill(user, session_id, 0.9)
        before = await metric(full.stack, 'holdfast_limits_hit_total{limit="store_memory"}')
        asked: list[Callable[[], Awaitable[httpx2.Response]]] = [
            lambda: user.post_turn(session_id, "another"),
            lambda: user.post_turn(session_id, "another", key="new"),
            lambda: user.http.get("/chat/stream", params={"session_id": session_id, "message": "another"}),
            lambda: user.http.post("/chat/start"),
            lambda: user.http.patch(f"/chat/sessions/{session_id}", json={"title": "new"}),
            lambda: user.http.post("/me/import", content=IMPORT),
        ]
        async with nothing_stored(full.stack, user, session_id):
            for ask in asked:
                response = await ask()
                refused(response, 503, "store_full")
                assert int(response.headers["retry-after"]) > 0
        assert before is not None
        after = await metric(full.stack, 'holdfast_limits_hit_total{limit="store_memory"}')
        assert after == before + len(asked)
        again = await user.post_turn(session_id, "hello", key="mine")
        assert (again.status_code, again.json()) == (202, accepted.json())
        assert (await becomes(full.stack, **GOOD))["status"] == "ok"
        used = await metric(full.stack, f'holdfast_store_memory_bytes{{store="{full.name}"}}')
        limit = await metric(full.stack, f'holdfast_store_max_memory_bytes{{store="{full.name}"}}')
        assert used is not None
        assert limit is not None
        assert 0.7 < used / limit < 1
        await full.limit(0)

        async def is_taken() -> bool:
            return (await user.post_turn(session_id, "at last")).status_code == 202

        await eventually(is_taken)


async def test_in_a_full_store_exports_and_previews_go_on(full: Full) -> None:
    async with full.stack.client() as user:
        session_id = await user.start()
        await user.chat(session_id, "hello")
        await full.fill(user, session_id, 0.9)
        exported = await user.http.get("/me/export")
        assert [each["content"] for each in exported.json()["sessions"][0]["messages"]] == ["hello", "You said: hello "]
        markdown = await user.http.get(f"/chat/sessions/{session_id}/export", params={"format": "markdown"})
        assert "You said: hello" in markdown.text
        preview = await user.http.post("/me/import", content=exported.content, params={"dry_run": True})
        assert json.loads(preview.text.splitlines()[-1])["importable"] == 1


@pytest.mark.parametrize("own_servers", STORES[:1], indirect=True)
async def test_an_import_ends_in_order_when_the_store_fills_up(full: Full) -> None:
    """The store refuses writes in the middle of a session: none of it is listed, and the last line says why."""
    store = full.stack.store
    async with full.stack.client() as user:
        await store.config_set("maxmemory", (await store.info("memory"))["used_memory"] + 4_000_000)
        large = [own(*(own_message(f"m{index}", None, "user", "x" * 90_000) for index in range(150)))]
        response = await user.http.post("/me/import", content=encoded(own_file(*large)))
        last = json.loads(response.text.splitlines()[-1])
        await store.config_set("maxmemory", 0)
        assert (last["type"], last["status"], last["code"]) == ("error", 503, "store_full")
        assert (await user.http.get("/chat/sessions")).json()["sessions"] == []


async def test_readiness_fails_while_a_store_accepts_no_writes(full: Full) -> None:
    check = "queue_writes" if full.name == "queue" else "redis_writes"
    assert await becomes(full.stack, **GOOD)
    await full.limit(1.3)
    body = await becomes(full.stack, **{check: False})
    assert (body["status"], body["redis"], body["queue"]) == ("not ready", True, True)
    assert await metric(full.stack, f'holdfast_ready{{check="{check}"}}') == 0
    await full.limit(0)
    assert await becomes(full.stack, **GOOD)


async def test_reads_stops_and_deletions_work_at_the_memory_limit(full: Full) -> None:
    async with full.stack.client() as user:
        session_id, other = await user.start(), await user.start()
        transcript = await user.chat(session_id, "hello")
        full.stack.processes[0].send_signal(signal.SIGSTOP)
        waiting = [await user.ask(each, "waits") for each in (session_id, other)]
        token = (await user.http.post("/me/tokens", json={"name": "a program"})).json()
        await full.fill(user, session_id, 1.3)
        async with full.stack.client(token=token["token"]) as program:
            assert (await program.http.get("/chat/sessions")).status_code == 200
            assert (await user.http.delete(f"/me/tokens/{token['id']}")).status_code == 200
            refused(await program.http.get("/chat/sessions"), 401, "bad_token")
        assert (await user.history(session_id))[1]["content"] == transcript.text
        assert (await user.http.get("/chat/sessions")).status_code == 200
        async with user.events(waiting[0]) as response:
            assert response.status_code == 200
            received = frames(response)
            await read(received, until=lambda transcript: bool(transcript.events))
            stopped = await user.http.post(f"/chat/turns/{waiting[0]}/cancel")
            assert stopped.json()["state"] == "cancelled"
            assert (await read(received)).end is not None
        assert (await user.http.delete(f"/chat/history/{other}")).status_code == 200
        for each in (session_id, other):
            assert (await user.http.delete(f"/chat/session/{each}")).status_code == 200
        assert (await user.http.get("/chat/sessions")).json()["total"] == 0
        assert await full.stack.queue.zcard(keys.QUEUE) == 0
        full.stack.processes[0].send_signal(signal.SIGCONT)


async def test_a_refused_write_reveals_an_unknown_memory_limit(full: Full) -> None:
    """Managed stores may refuse INFO, so that only the script's error shows the limit."""
    async with full.stack.client() as user:
        session_id = await user.start()
        accepted = await user.post_turn(session_id, "hello", key="mine")
        await user.follow(accepted.json()["turn_id"])
        await full.limit(1.3)
        limit = (await full.store.config_get("maxmemory"))["maxmemory"]
        await full.store.config_set("maxmemory", 0)
        await full.store.execute_command("ACL", "SETUSER", "default", "-info")

        async def is_unknown() -> bool:
            return await metric(full.stack, f'holdfast_store_memory_bytes{{store="{full.name}"}}') is None

        await eventually(is_unknown)
        await full.store.config_set("maxmemory", limit)
        if full.name == "data":
            async with nothing_stored(full.stack, user, session_id):
                refused(await user.post_turn(session_id, "another"), 503, "store_full")
            refused(await user.http.post("/chat/start"), 503, "store_full")
        again = await user.post_turn(session_id, "hello", key="mine")
        assert (again.status_code, again.json()) == (202, accepted.json())
        assert full.stack.logs().count("store_memory_unknown") in (1, 2)
        await full.store.execute_command("ACL", "SETUSER", "default", "+info")


@pytest.fixture
async def single(tmp_path: Path) -> AsyncIterator[Stack]:
    (tmp_path / "valkey").mkdir()
    with valkey.running(tmp_path / "valkey") as url:
        async with run_stack(url, tmp_path, lease_seconds="1") as stack:
            yield stack


async def test_a_store_without_writes_gives_store_unavailable(single: Stack) -> None:
    async with single.client() as user:
        session_id = await user.start()
        token = (await user.http.post("/me/tokens", json={"name": "a program"})).json()
        await single.store.config_set("min-replicas-to-write", 1)
        await becomes(single, redis_writes=False, queue_writes=False, redis=True, queue=True)
        response = await user.post_turn(session_id, "hello")
        assert int(response.headers["retry-after"]) > 0
        refused(response, 503, "store_unavailable")
        refused(await user.http.post("/chat/start"), 503, "store_unavailable")
        async with single.client(token=token["token"]) as program:
            assert await program.history(session_id) == []
        refused(await user.http.delete(f"/me/tokens/{token['id']}"), 503, "store_unavailable")
        assert '"NOREPLICAS"' in single.logs()
        assert (await metric(single, 'holdfast_store_errors_total{code="NOREPLICAS"}') or 0) > 0
        assert '"ResponseError"' not in single.logs()
        assert await user.history(session_id) == []
        await single.store.config_set("min-replicas-to-write", 0)
        await becomes(single, **GOOD)
        assert (await user.chat(session_id, "hello")).text


async def test_readiness_fails_while_a_store_may_evict_keys(single: Stack) -> None:
    await single.store.config_set("maxmemory-policy", "allkeys-lru")
    assert await becomes(single, **GOOD), "readiness failed without a memory limit, which cannot evict"
    await single.store.config_set("maxmemory", "1gb")
    body = await becomes(single, noeviction=False)
    assert (body["status"], body["redis_writes"]) == ("not ready", True)
    await single.store.config_set("maxmemory-policy", "noeviction")
    assert await becomes(single, **GOOD)


@pytest.mark.parametrize("module", ["api", "worker"])
@pytest.mark.parametrize("setting", ["REDIS_URL", "QUEUE_REDIS_URL"])
async def test_a_store_that_may_evict_keys_stops_the_start(
    redis_url: str, tmp_path: Path, module: str, setting: str
) -> None:
    (tmp_path / "valkey").mkdir()
    log = tmp_path / "start.log"
    with valkey.running(tmp_path / "valkey", "--maxmemory", "1gb", "--maxmemory-policy", "volatile-ttl") as url:
        env = {**environment(redis_url, "http://127.0.0.1:9/v1", {}), setting: url}
        if setting == "REDIS_URL":
            env["QUEUE_REDIS_URL"] = ""
        process = await start(module, env, log)
        assert await process.wait() == 2
    text = log.read_text("utf-8")
    assert f"The store of {setting}" in text
    assert "maxmemory-policy to noeviction" in text
    assert "Traceback" not in text
