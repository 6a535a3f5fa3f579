"""A stack whose models are described in a file, each provider with a scripted model server of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.model_server import ModelServer
from tests.support.stack import Stack, run_stack, settings_of_file

KEY = "sk-of-a-provider-in-a-file-0123456789"


@dataclass
class Providers:
    """The running stack, and the model servers by the names of their providers."""

    stack: Stack
    servers: dict[str, ModelServer]


@asynccontextmanager
async def run_with_file(
    redis_url: str, folder: Path, text: str, *, apis: int = 1, workers: int = 1, **settings: str
) -> AsyncIterator[Providers]:
    """Starts a stack with the providers' file `text`, where `{first}` and `{second}` stand for the servers' addresses.

    The variable PROVIDER_KEY has the key.
    """
    async with AsyncExitStack() as stack:
        servers = {name: await stack.enter_async_context(ModelServer().serve()) for name in ("first", "second")}
        described = settings_of_file(folder, text, **{name: server.url for name, server in servers.items()})
        settings = {**described, "provider_key": KEY, **settings}
        running = run_stack(redis_url, folder, apis=apis, workers=workers, **settings)
        yield Providers(await stack.enter_async_context(running), servers)
