"""Runs moto's S3 server as a process, with a bucket. `python -m tests.support.bucket PORT`.

After SIGUSR1 it exits in the middle of the next upload in parts: when the second part arrives.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import Any

import httpx2

from launcher import ports
from tests.support.repository import ROOT
from tests.support.waiting import PATIENCE, eventually

BUCKET = "holdfast"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_REGION": "us-east-1"}


class Bucket:
    """A server with an empty bucket. It can be killed and started again at the same port, without its objects."""

    def __init__(self) -> None:
        self.port = ports.free()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a stack that keeps its files here."""
        given = {name.lower(): value for name, value in ENVIRONMENT.items()}
        return {**given, "files_url": f"s3://{BUCKET}/some/prefix", "aws_endpoint_url": f"http://127.0.0.1:{self.port}"}

    async def start(self) -> None:
        command = sys.executable, "-m", "tests.support.bucket", str(self.port)
        env = {**os.environ, **ENVIRONMENT}
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=env, stderr=asyncio.subprocess.DEVNULL
        )
        await eventually(self._answers)

    async def _answers(self) -> bool:
        try:
            async with httpx2.AsyncClient() as http:
                return (await http.head(f"http://127.0.0.1:{self.port}/{BUCKET}")).status_code < 404
        except httpx2.TransportError:
            return False

    def pause(self) -> None:
        """Stops the process: it takes connections and does not answer."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Ends the pause."""
        self._signal(signal.SIGCONT)

    def die_at_the_next_upload(self) -> None:
        """Has the process exit when the second part of an upload arrives."""
        self._signal(signal.SIGUSR1)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
        await self.ended()

    async def ended(self) -> None:
        if self._process:
            await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def names(self) -> list[str]:
        """The names of all objects."""
        async with httpx2.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{self.port}/{BUCKET}")).text
        return [part.partition("</Key>")[0] for part in text.split("<Key>")[1:]]


@asynccontextmanager
async def running_bucket() -> AsyncIterator[Bucket]:
    bucket = Bucket()
    await bucket.start()
    try:
        yield bucket
    finally:
        await bucket.kill()


def serve(port: int) -> None:
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    inner = DomainDispatcherApplication(create_backend_app)
    dies = Event()
    signal.signal(signal.SIGUSR1, lambda *_: dies.set())

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if dies.is_set() and "partNumber=2" in environ.get("QUERY_STRING", ""):
            os._exit(1)
        answer: Iterable[bytes] = inner(environ, start_response)
        return answer

    server = make_server("127.0.0.1", port, application, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    serving.join()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
