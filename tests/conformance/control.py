"""What the suite needs beyond HTTP for some sentences. A server of which only the address is known has neither."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Reply(Protocol):
    """The model's answer to one request, written by the test. What is sent to a worker that has gone is lost."""

    async def think(self, text: str) -> None:
        """Send thinking."""

    async def say(self, text: str) -> None:
        """Send text."""

    async def call(self, index: int, call_id: str = "", name: str = "", arguments: str = "") -> None:
        """Begin a call of a tool, with its id and name, or send arguments of one."""

    async def finish(self, reason: str = "stop") -> None:
        """End it well, with token counts."""

    async def break_off(self) -> None:
        """End it without an end, as a model server does that crashes."""

    async def refuse(self) -> None:
        """Fail in a way that is worth another try; only before anything was sent."""


class Requests(Protocol):
    """What the model is asked with one question last."""

    async def next(self) -> Reply:
        """The next request, as soon as it has come."""


class ModelControl(Protocol):
    """Directs the model server behind the server under test: the sentences that are marked *(model)*."""

    def lead(self, question: str) -> Requests:
        """From now on answer this question as the test says; all others get a short reply at once."""


class Operator(Protocol):
    """A hand on processes, settings and the store of the server under test: the sentences marked *(operator)*."""

    max_streams: int
    """The server's `MAX_STREAMS_PER_USER`, 20 or more."""

    continuing_model: str
    """A model whose replies go on where a worker was lost, directed as the others are; "" where it has none."""

    tool_model: str
    """A model that is offered the tools of a tool server, directed as the others are; "" where there is none."""

    free_tool: str
    """As `tool_model` is to call it: a tool without arguments that runs without a question, and never twice."""

    asked_tool: str
    """The same of a tool about which the user is asked."""

    async def tool_runs(self) -> int:
        """Return how often the two tools have run."""

    async def restart_api(self) -> None:
        """Stop the API process as a deployment does, start it again at its address, and wait until it is ready."""

    async def kill_worker(self) -> None:
        """Kill the only worker, as `kill -9` does."""

    async def start_worker(self) -> None:
        """Start a worker in place of the one that was killed."""

    async def end_lease(self, turn_id: str) -> None:
        """Return when the lease has ended that a killed worker had on the turn."""

    def without_worker(self) -> AbstractAsyncContextManager[None]:
        """Inside the block questions wait in the queue."""

    def outage(self) -> AbstractAsyncContextManager[None]:
        """From the block's beginning until seconds after its end the store is out of reach."""

    async def offer_tools(self, session_id: str, question: str) -> str:
        """Open a turn as a client does that offers the tools `weather` and `time`. Return its id."""

    async def expire(self, turn_id: str) -> None:
        """Remove the turn's log as the store does once `LOG_TTL` has passed."""
