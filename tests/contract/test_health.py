"""Liveness, readiness and metrics; and what a user sees without a worker."""

import asyncio
import sys

import httpx2
import pytest

from launcher.ports import free
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.sse import read
from tests.support.stack import ROOT, Stack


async def test_a_whole_stack_is_live_and_ready(user: Client) -> None:
    live = await user.http.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    ready = await user.http.get("/health/ready")
    assert ready.status_code == 200
    checks = ("redis", "redis_writes", "queue", "queue_writes", "noeviction", "feed")
    assert ready.json() == {"status": "ok", "workers": 1, **dict.fromkeys(checks, True)}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_operators_routes_are_not_served_under_api(user: Client, path: str) -> None:
    refused(await user.http.get(f"/api{path}"), 404, "not_found")


async def test_health_needs_no_identity(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as anonymous:
        for path in ("/health/live", "/health/ready", "/metrics", "/roles", "/models", "/openapi.json"):
            assert (await anonymous.get(path)).status_code == 200


async def probed(*arguments: str) -> int:
    """The exit code of the containers' health check."""
    command = (sys.executable, "-S", "-m", "chat.http_probe", *arguments)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait()


async def test_the_containers_probe_exits_with_0_only_for_200(stack: Stack, workless: Stack) -> None:
    ports = [stack.url.rpartition(":")[2], workless.url.rpartition(":")[2]]
    assert [await probed(port, "/health/live") for port in ports] == [0, 0]
    assert [await probed(port, "/health/ready") for port in ports] == [0, 1]
    assert await probed(str(free()), "/health/live") == 1


async def test_a_stack_without_a_worker_is_live_but_not_ready(workless: Stack) -> None:
    async with workless.client() as user:
        assert (await user.http.get("/health/live")).status_code == 200
        response = await user.http.get("/health/ready")
    assert response.status_code == 503
    body = response.json()
    assert (body["redis"], body["queue"], body["workers"]) == (True, True, 0)
    assert body["status"] != "ok"


async def test_metrics_are_prometheus_text_with_current_values(stack: Stack, user: Client, session_id: str) -> None:
    async def metric(name: str) -> float:
        response = await user.http.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain")
        lines = [line for line in response.text.splitlines() if not line.startswith("#")]
        return float(next(line.split()[-1] for line in lines if line.split()[0] == name))

    before = await metric("holdfast_turns_opened_total")
    await user.chat(session_id, "hello")
    assert await metric("holdfast_turns_opened_total") >= before + 1
    assert await metric("holdfast_workers") == 1
    assert await metric("holdfast_queue_depth") == 0


async def test_waiting_turns_show_their_queue_position(workless: Stack) -> None:
    async with workless.client() as user:
        sessions = [await user.start() for _ in range(3)]
        turns = [await user.ask(session_id, "hello") for session_id in sessions]
        views = [await user.turn(turn_id) for turn_id in turns]
        assert [view["state"] for view in views] == ["queued"] * 3
        first = views[0]["position"]
        assert [view["position"] for view in views] == [first, first + 1, first + 2]
        assert [(view["attempt"], view["started_at"]) for view in views] == [(0, None)] * 3
        async with user.events(turns[2]) as response:
            transcript = await read(response, until=lambda transcript: bool(transcript.events))
        assert transcript.events[0]["position"] == first + 2
        for turn_id in turns:
            await user.http.post(f"/chat/turns/{turn_id}/cancel")


async def test_a_stopped_waiting_turn_ends_at_once(workless: Stack) -> None:
    async with workless.client() as user:
        session_id = await user.start()
        turn_id = await user.ask(session_id, "hello")
        response = await user.http.post(f"/chat/turns/{turn_id}/cancel")
        assert response.json() == {"turn_id": turn_id, "state": "cancelled"}
        transcript = await user.follow(turn_id)
        assert transcript.types == ["start", "end"]
        assert transcript.end is not None
        assert transcript.end["finish_reason"] == "cancelled"
        turn = await user.turn(turn_id)
        assert (turn["state"], turn["position"], turn["finish_reason"]) == ("cancelled", None, "cancelled")
        assert [message["content"] for message in await user.history(session_id)] == ["hello"]
        second = await user.ask(session_id, "another")
        assert (await user.turn(second))["state"] == "queued"
        await user.http.delete(f"/chat/sessions/{session_id}")


async def test_a_cleared_history_cancels_its_waiting_turn_at_once(workless: Stack) -> None:
    async with workless.client() as user:
        session_id = await user.start()
        turn_id = await user.ask(session_id, "hello")
        assert (await user.http.delete(f"/chat/history/{session_id}")).status_code == 200
        assert (await user.turn(turn_id))["state"] == "cancelled"
        assert await user.history(session_id) == []
