"""`python -m tests.containers.model`: runs the scripted model server in a container."""

import asyncio
import signal

from tests.chaos import transcripts
from tests.containers import questions
from tests.support.model_server import ModelServer

PORT = 8080


async def main() -> None:
    model = ModelServer()
    transcripts.script(model)
    questions.script(model)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with model.serve(PORT, "0.0.0.0"):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main())
