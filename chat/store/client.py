"""redis-py's client with faster pipelines."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import Connection
from redis.exceptions import ResponseError

SCRIPTS = frozenset({"EVAL", "EVALSHA"})
"""Commands whose answers need no conversion."""


class LeanPipeline(Pipeline):
    """Reads answers of scripts directly, because a worker sends hundreds of script calls at once."""

    async def _execute_pipeline(self, connection: Connection, commands: Any, raise_on_error: bool) -> list[Any]:
        await connection.send_packed_command(connection.pack_commands([args for args, _ in commands]))
        answers: list[Any] = []
        for args, options in commands:
            try:
                if args[0] in SCRIPTS:
                    answers.append(await connection.read_response())
                else:
                    answers.append(await self.parse_response(connection, args[0], **options))
            except ResponseError as error:
                answers.append(error)
        if raise_on_error:
            self.raise_first_error(commands, answers)
        return answers


class Client(Redis):
    """A client of one server."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return LeanPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
