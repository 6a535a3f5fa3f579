"""A client of a Cluster that looks like one of a single server.

redis-py's own for asyncio (5.3, which arq needs) knows no transactions, sends `ASKING` and the command that it is for
over different connections, and breaks off what runs on all nodes when one is lost. So the routing is done here, over
redis-py's clients of the single nodes.
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
"""How long a command is tried again while its slot is on its way, or the node that has it is out of reach."""

PAUSE_SECONDS = 0.1

KEYLESS = frozenset({"PING", "PUBLISH", "TIME"})
SCRIPTS = frozenset({"EVAL", "EVALSHA"})

Command = tuple[tuple[Any, ...], Mapping[str, Any]]
"""The arguments of `execute_command`."""


def slot_of(args: Sequence[Any]) -> int | None:
    """The slot of the command's (first) key; None where any node will do."""
    name = args[0]
    if name in KEYLESS:
        return None
    key = args[3] if name in SCRIPTS else args[1]
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


class Call:
    """What one node is to do: a command, or several in one transaction. `answer` is an error where it failed.

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
    def is_open(self) -> bool:
        """Whether it is worth another try."""
        again = (AskError, TryAgainError, ClusterDownError, ConnectionError)
        return isinstance(self.answer, again) and not isinstance(self.answer, AuthenticationError)


class Cluster(Redis):
    """Each command goes to the node that has its key; nothing may concern keys of two slots.

    Pipelines go to many nodes at once; as transactions to the one that has all their keys.
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
        """Have each call answered, by an error where nothing else comes within `PATIENCE_SECONDS`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        todo = await self._try(calls)
        while todo and loop.time() < until:
            todo = await self._try(todo)

    async def _try(self, calls: Sequence[Call]) -> list[Call]:
        """Those that are worth another try, once that is worth it."""
        if self.nodes.is_doubtful and not await self._reads(calls):
            return [call for call in calls if call.is_open]
        await asyncio.gather(*(self._send(host, group) for host, group in self._grouped(calls).items()))
        todo = [call for call in calls if call.is_open]
        if todo:
            await self._learn(todo)
        return todo

    def _grouped(self, calls: Iterable[Call]) -> dict[Host, list[Call]]:
        groups: dict[Host, list[Call]] = {}
        for call in calls:
            groups.setdefault(call.ask or self.nodes.owner(call.slot), []).append(call)
        return groups

    async def _send(self, host: Host, calls: Sequence[Call]) -> None:
        node = self.nodes.client(host)
        try:
            if len(calls) == 1 and not calls[0].ask:
                calls[0].answer = await _alone(node, calls[0])
            else:
                await _together(node, calls)
        except RedisError as error:
            if isinstance(error, TimeoutError):  # whoever comes next is not to wait for it as well
                self.nodes.doubt()
            for call in calls:
                call.answer = error

    async def _learn(self, calls: Sequence[Call]) -> None:
        """From what the nodes said: who has the slots now, or that it is not settled."""
        settled = True
        for call in calls:
            call.ask = None
            match call.answer:
                case MovedError(slot_id=slot, host=name, port=port):
                    self.nodes.move(slot, (name or self.nodes.owner(slot)[0], port))
                    call.moves += 1
                    settled = settled and call.moves == 1  # two nodes may send it to and fro
                case AskError(host=name, port=port) if not call.transaction:
                    call.ask = (name or self.nodes.owner(call.slot)[0], port)
                case _:
                    settled = False
        if not settled:
            await asyncio.sleep(PAUSE_SECONDS)
            await self._reads(calls)

    async def _reads(self, calls: Sequence[Call]) -> bool:
        try:
            await self.nodes.read()
        except RedisError as error:
            for call in calls:
                call.answer = error
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        return True


async def _alone(node: Redis, call: Call) -> Any:
    if not call.transaction:
        args, options = call.commands[0]
        return await node.execute_command(*args, **options)
    async with node.pipeline(transaction=True) as pipe:
        for args, options in call.commands:
            pipe.execute_command(*args, **options)
        return await pipe.execute()


async def _together(node: Redis, calls: Sequence[Call]) -> None:
    """In one round trip. Of what a node only takes over, it does what it is asked to before."""
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
    """Gathers commands as any pipeline does."""

    def __init__(self, cluster: Cluster, transaction: bool) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, transaction, None)
        self._cluster = cluster

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The answers. A command that a node refused, or whose node is out of reach, is answered by its error.

        Raises the first of these errors instead, if asked to; a transaction's always.
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
