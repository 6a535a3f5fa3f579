"""A trial has passed with the first word of its answer, not only with the last."""

import asyncio
from collections.abc import Callable

from chat.circuits import FAILURES, Circuits
from chat.events import Event
from chat.settings import Settings
from tests.support.databases import STORE, client_of, numbered, queue_of
from tests.support.model_server import Led, ModelServer
from tests.support.waiting import eventually
from worker.llm.delta import Delta
from worker.llm.models import Models
from worker.llm.options import NO_OPTIONS
from worker.llm.tries import ask


class Taken:
    """A sink that only notes that the reply has begun."""

    is_full = False

    def __init__(self) -> None:
        self.has_begun = False
        self.on_begin: Callable[[], None] = lambda: None

    def add(self, item: Delta | Event, /) -> None:
        if isinstance(item, Delta) and not self.has_begun:
            self.has_begun = True
            self.on_begin()

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        pass


async def test_the_first_word_of_an_answer_closes_a_circuit(redis_url: str) -> None:
    led = Led()
    async with client_of(queue_of(numbered(redis_url, STORE))) as client, ModelServer().serve() as server:
        await client.flushdb()
        circuits = Circuits(client)
        server.on("well?", led)
        settings = Settings(_env_file=None, openai_base_url=server.url, openai_api_key="k", openai_model="m")
        async with Models(settings) as models:
            (model,) = models.candidates("m")

            async def state() -> str:
                return (await circuits.states([model.provider]))[model.provider]

            async def is_closed() -> bool:
                return await state() == "closed"

            async def fail() -> None:
                for _ in range(FAILURES):
                    await circuits.failed(model.provider, "model_server_error")

            await fail()
            asking = asyncio.create_task(
                ask(models, circuits, [model], [{"role": "user", "content": "well?"}], NO_OPTIONS, Taken())
            )
            await (await led.exchange()).say("well")
            await eventually(is_closed)
            assert not asking.done()
            await fail()
            await led.finish()
            await asking
            assert await state() == "open"
