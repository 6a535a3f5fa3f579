"""No response that a provider makes for a title runs on when the job is over."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chat.queue import Queue
from chat.settings import Settings
from tests.support.chat_fixture import ChatFixture
from tests.support.responses_server import ResponsesServer, Scripted
from tests.support.waiting import eventually
from worker.jobs.titles import Answer, Titles, request
from worker.llm.delta import Delta
from worker.llm.models import Models

FILE = """
[[providers]]
name = "Background"
base_url = "{url}"
key_env = "TITLES_KEY"
continue = "background"
[[providers.models]]
id = "m"
"""


class Watched(Models):
    """Real models, of which the test sees who takes the answer."""

    answer = Answer()

    async def stream(self, model_id: str, messages: Any, sink: Any, **more: Any) -> Delta:
        self.answer = sink
        return await super().stream(model_id, messages, sink, **more)


async def never(_: int) -> None:
    await asyncio.Event().wait()


async def test_a_title_job_that_ends_early_stops_its_response(
    chat: ChatFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.add_exchange("hello")
    messages, _ = await chat.sessions.to_name(chat.session_id)
    asked = str(request(*messages)[-1]["content"])
    async with ResponsesServer().serve() as server:
        server.on(asked, Scripted("A title", before=never))
        path = tmp_path / "providers.toml"
        path.write_text(FILE.replace("{url}", server.url), "utf-8")
        monkeypatch.setenv("TITLES_KEY", "sk-1")
        settings = Settings(_env_file=None, providers_file=path)
        async with Watched(settings) as models:
            making = asyncio.create_task(
                Titles(chat.store, Queue(chat.store, settings), settings, models).make(chat.session_id)
            )

            async def is_known() -> str:
                return models.answer.position

            await eventually(is_known)
            making.cancel()
            await asyncio.wait([making])
        assert making.cancelled()
        (response,) = server.of(asked)
        assert (response.status, response.cancels) == ("cancelled", 1)
