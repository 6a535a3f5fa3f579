"""A client of a Cluster with the interface of a client of one server.

redis-py's own asyncio client (5.3, which arq needs) has no transactions, sends `ASKING` and its command over different
connections, and aborts running commands on all nodes when one node is lost. So this module routes commands itself, to
redis-py's clients of the nodes.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterCrossSlotError,
    ClusterDownError,
    ConnectionError,
    MovedError,
    RedisError,
    TimeoutError,
    TryAgainError,
)

from chat.store.nodes import Nodes
from chat.store.topology import Host

PATIENCE_SECONDS = 4.0
"""How long a command is retried while its slot migrates or its node is unreachable."""

PAUSE_SECONDS = 0.1
"""Delay between retries."""

KEYLESS = frozenset({"PING", "PUBLISH", "TIME"})
SCRIPTS = frozenset({"EVAL", "EVALSHA"})

Command = tuple[tuple[Any, ...], Mapping[str, Any]]
"""The arguments of `execute_command`."""


def slot_of(args: Sequence[Any]) -> int | None:
    """Returns the slot of the command's first key; None for a command that any node can run."""
    name = args[0]
    if name in KEYLESS:
        return None
    key = args[3] if name in SCRIPTS else args[1]
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


class Call:
    """A command, or a transaction of several, for one node. `answer` is an error where it failed.

    Raises `redis.ClusterCrossSlotError` for a transaction over several slots.
    """

    def __init__(self, *commands: Command, transaction: bool = False) -> None:
        self.commands = commands
        self.transaction = transaction
        self.slot, *others = {slot_of(args) for args, _ in commands}
        if others:
            raise ClusterCrossSlotError("The keys of a transaction must be of one slot")
        self.ask: Host | None = None
        self.moves = 0
        self.answer: Any = ConnectionError("No node was asked")

    @property
    def is_retryable(self) -> bool:
        """Whether the call failed and shall be retried."""
        temporary = (AskError, TryAgainError, ClusterDownError, ConnectionError)
        return isinstance(self.answer, temporary) and not isinstance(self.answer, AuthenticationError)


class Cluster(Redis):
    """Sends each command to the node of its key. All keys of a command must be of one slot.

    A pipeline goes to several nodes at once; a transaction to the one node that has all its keys.
    """

    def __init__(self, nodes: Nodes, seed: Redis) -> None:
        super().__init__(connection_pool=seed.connection_pool)
        self.nodes = nodes

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        call = Call((args, options))
        await self.answer([call])
        if isinstance(call.answer, Exception):
            raise call.answer
        return call.answer

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return ClusterPipeline(self, transaction)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await self.nodes.aclose()

    async def answer(self, calls: Sequence[Call]) -> None:
        """Sets the answer of each call, to an error if it does not succeed within `PATIENCE_SECONDS`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        failed = await self._try(calls)
        while failed and loop.time() < until:
            failed = await self._try(failed)

    async def _try(self, calls: Sequence[Call]) -> list[Call]:
        """Sends the calls. Returns those to retry, after updating the slot map and a pause if needed."""
        if self.nodes.is_doubtful and not await self._read_map(calls):
            return [call for call in calls if call.is_retryable]
        await asyncio.gather(*(self._send(host, group) for host, group in self._grouped(calls).items()))
        failed = [call for call in calls if call.is_retryable]
        if failed:
            await self._update_map(failed)
        return failed

    def _grouped(self, calls: Iterable[Call]) -> dict[Host, list[Call]]:
        groups: dict[Host, list[Call]] = {}
        for call in calls:
            groups.setdefault(call.ask or self.nodes.owner(call.slot), []).append(call)
        return groups

    async def _send(self, host: Host, calls: Sequence[Call]) -> None:
        node = self.nodes.client(host)
        try:
            if len(calls) == 1 and not calls[0].ask:
                calls[0].answer = await _send_one(node, calls[0])
            else:
                await _send_batch(node, calls)
        except RedisError as error:
            if isinstance(error, TimeoutError):  # so that the next call does not wait for this node too
                self.nodes.doubt()
            for call in calls:
                call.answer = error

    async def _update_map(self, calls: Sequence[Call]) -> None:
        """Applies the nodes' redirections to the slot map. Without a clear one, pauses and reads the map again."""
        is_clear = True
        for call in calls:
            call.ask = None
            match call.answer:
                case MovedError(slot_id=slot, host=name, port=port):
                    self.nodes.move(slot, (name or self.nodes.owner(slot)[0], port))
                    call.moves += 1
                    is_clear = is_clear and call.moves == 1  # two nodes may redirect to each other
                case AskError(host=name, port=port) if not call.transaction:
                    call.ask = (name or self.nodes.owner(call.slot)[0], port)
                case _:
                    is_clear = False
        if not is_clear:
            await asyncio.sleep(PAUSE_SECONDS)
            await self._read_map(calls)

    async def _read_map(self, calls: Sequence[Call]) -> bool:
        """Reads the slot map. If no node returns it, sets the error as the calls' answer, pauses and returns False."""
        try:
            await self.nodes.read()
        except RedisError as error:
            for call in calls:
                call.answer = error
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        return True


async def _send_one(node: Redis, call: Call) -> Any:
    if not call.transaction:
        args, options = call.commands[0]
        return await node.execute_command(*args, **options)
    async with node.pipeline(transaction=True) as pipe:
        for args, options in call.commands:
            pipe.execute_command(*args, **options)
        return await pipe.execute()


async def _send_batch(node: Redis, calls: Sequence[Call]) -> None:
    """Sends calls in one round trip, with `ASKING` before those whose slot the node is importing."""
    async with node.pipeline(transaction=False) as pipe:
        for call in calls:
            if call.ask:
                pipe.execute_command("ASKING")
            args, options = call.commands[0]
            pipe.execute_command(*args, **options)
        answers = iter(await pipe.execute(raise_on_error=False))
    for call in calls:
        if call.ask:
            next(answers)
        call.answer = next(answers)


class ClusterPipeline(Pipeline):
    """A pipeline that sends its commands through `Cluster`."""

    def __init__(self, cluster: Cluster, transaction: bool) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, transaction, None)
        self._cluster = cluster

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Returns the answers. The answer of a command that failed is its error.

        Raises the first error instead if `raise_on_error`, and always for a transaction.
        """
        commands, self.command_stack = self.command_stack, []
        if not commands:
            return []
        if self.is_transaction:
            calls = [Call(*commands, transaction=True)]
        else:
            calls = [Call(command) for command in commands]
        await self._cluster.answer(calls)
        errors = [call.answer for call in calls if isinstance(call.answer, Exception)]
        if errors and (raise_on_error or self.is_transaction):
            raise errors[0]
        return list(calls[0].answer) if self.is_transaction else [call.answer for call in calls]
