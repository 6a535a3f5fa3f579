"""Keeps what workers have found out about the tool servers, for the API: it contacts none itself."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from chat import keys
from chat.store import Redis

KEEP_SECONDS = 3600
"""How long it is kept: workers write it again before."""

MAX_DESCRIPTION_CHARS = 500
MAX_TOOLS = 500
"""Of each server."""


class KnownTool(BaseModel):
    """A tool of a tool server. `name`: its own name; `title`: for people.

    `approval`: whether its calls run without a question, ask the user first, or are refused.
    """

    name: str
    title: str | None = None
    description: str = ""
    approval: Literal["always", "ask", "never"]
    is_read_only: bool = False


class KnownServer(BaseModel):
    """A tool server as a worker has found it at `checked_at`, in seconds since the epoch.

    `is_up`: it answered. Where it did not, `tools` are those that it had before, if any.
    """

    name: str
    title: str
    is_up: bool
    checked_at: float
    tools: list[KnownTool] = Field(default_factory=list)

    def bounded(self) -> "KnownServer":
        """Returns it without what is too long to be shown."""
        tools = [
            tool.model_copy(update={"description": tool.description[:MAX_DESCRIPTION_CHARS]})
            for tool in self.tools[:MAX_TOOLS]
        ]
        return self.model_copy(update={"tools": tools})


class KnownTools:
    """Reads and writes what is known of all tool servers."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def write(self, servers: Sequence[KnownServer]) -> None:
        """Replaces all that is known. Every worker has the same servers."""
        found = {server.name: server.bounded().model_dump_json() for server in servers}
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.delete(keys.TOOLS)
            if found:
                pipe.hset(keys.TOOLS, mapping=found)
                pipe.expire(keys.TOOLS, KEEP_SECONDS)
            await pipe.execute()

    async def read(self) -> list[KnownServer]:
        """Returns the servers in the order of their names. Leaves out what another release has written otherwise."""
        found = await self._store.execute_command("HGETALL", keys.TOOLS)
        servers = [_server(text) for _, text in sorted(found.items())]
        return [server for server in servers if server]


def _server(text: str) -> KnownServer | None:
    try:
        return KnownServer.model_validate_json(text)
    except ValidationError:
        return None
