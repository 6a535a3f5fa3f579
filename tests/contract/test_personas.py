"""A question without a role is answered by the session's or the default persona."""

from pathlib import Path

import pytest

from chat import personas
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.databases import database
from tests.support.sse import Transcript, read
from tests.support.stack import run_stack

OTHERS = """
[cook]
name = { zh = "厨师", en = "Cook" }
description = { zh = "做饭", en = "Cooks" }
welcome = { zh = "吃什么？", en = "What shall we eat?" }
icon = "C"
prompt = "You are a cook."

[gardener]
name = { zh = "园丁", en = "Gardener" }
description = { zh = "种花", en = "Gardens" }
welcome = { zh = "种什么？", en = "What shall we plant?" }
icon = "G"
prompt = "You are a gardener."
"""


async def stream(user: Client, session_id: str, prefix: str = "") -> Transcript:
    query = {"session_id": session_id, "message": "hello there, good persona"}
    async with user.http.stream("GET", f"{prefix}/chat/stream", params=query) as response:
        assert response.status_code == 200, await response.aread()
        return await read(response, Transcript())


async def role_of(user: Client, session_id: str) -> str:
    return str((await user.http.get("/chat/history", params={"session_id": session_id})).json()["role"])


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_a_stream_without_a_role_keeps_the_sessions_persona(user: Client, prefix: str) -> None:
    started = await user.http.post("/chat/start", params={"role": "teacher"})
    session_id = started.json()["session_id"]
    transcript = await stream(user, session_id, prefix)
    assert transcript.text.startswith("You said: hello there")
    assert await role_of(user, session_id) == "teacher"
    assert (await user.history(session_id))[-1]["persona"] == "teacher"


async def test_personas_without_an_assistant_default_to_the_first(redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "personas.toml"
    file.write_text(OTHERS, "utf-8")
    assert list(personas.load(file)) == ["cook", "gardener"]
    async with (
        run_stack(database(redis_url), tmp_path, personas_file=str(file)) as stack,
        stack.client() as user,
    ):
        assert (await user.http.get("/roles")).json()["default_role"] == "cook"
        for role in ("", "gardener"):
            params = {"role": role} if role else {}
            session_id = (await user.http.post("/chat/start", params=params)).json()["session_id"]
            await stream(user, session_id)
            await user.chat(session_id, "hello again, good persona")
            assert await role_of(user, session_id) == (role or "cook")
        query = {"session_id": session_id, "message": "hello", "role": "assistant"}
        refused(await user.http.get("/chat/stream", params=query), 422, "unknown_role")
