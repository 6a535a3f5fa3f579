"""What the ways to tool servers have in common."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from mcp import Client
from mcp.client.session import ClientRequestContext, IncomingMessage
from mcp_types import ElicitRequestParams, ElicitResult, Implementation, ToolListChangedNotification

from worker.tools.calls import InputAnswer, InputRequest
from worker.tools.guard import Exchange
from worker.tools.questions import question, result_of

CLIENT = Implementation(name="holdfast", version="1")

OnInput = Callable[[InputRequest], Awaitable[InputAnswer]]
OnChange = Callable[[], object]


class Down(Exception):
    """Raised where there is no connection to a server."""


class Link(Protocol):
    """The way to one tool server."""

    @property
    def is_held(self) -> bool:
        """Whether calls need the connection that `held` makes."""

    def held(self, on_change: OnChange) -> AbstractAsyncContextManager[Client]:
        """Connects, for the discovery of tools. `on_change` is called when the server says that they have changed."""

    def for_call(self, exchange: Exchange, on_input: OnInput) -> AbstractAsyncContextManager[Client]:
        """Connects for one call. `on_input` answers what the server asks meanwhile. Raises `Down`."""

    async def ended(self) -> None:
        """Returns when the held connection has broken."""

    async def close(self) -> None:
        """Closes all connections."""


def handlers(on_input: OnInput, on_change: OnChange) -> dict[str, Any]:
    """Returns the arguments of a client by which it passes on questions and changes of the list of tools."""

    async def on_message(message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            on_change()

    async def on_question(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked = question(str(context.request_id), params)
        return result_of(await on_input(asked)) if asked else ElicitResult(action="cancel")

    return {
        "message_handler": on_message,
        "elicitation_callback": on_question,
        "client_info": CLIENT,
        "cache": None,
    }


async def cancel(_: InputRequest) -> InputAnswer:
    """Cancels a question that belongs to no call."""
    return InputAnswer("cancel")
