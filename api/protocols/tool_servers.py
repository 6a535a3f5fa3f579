"""Reads and checks which tool servers a request of another protocol names. Pure."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import StringConstraints

from api.protocols.errors import UnsupportedParameter
from api.protocols.strict import unsupported
from chat.settings import Settings

MAX_SERVERS = 100

ServerName = Annotated[str, StringConstraints(min_length=1, max_length=64)]

ADDRESSES = ("server_url", "connector_id", "tunnel_id", "authorization", "headers")
"""Members of OpenAI's MCP tools with which a client would name a server of its own."""

BY_OPERATOR = "Name a tool server of GET /chat/tools by its server_label: only those of the operator are called."


def only_labels(value: Any) -> Any:
    """Refuses a tool of the type `mcp` that has an address, as a validator."""
    if isinstance(value, dict) and value.get("type") == "mcp":
        for name in ADDRESSES:
            if value.get(name) is not None:
                raise unsupported(name, BY_OPERATOR)
    return value


def servers_of(named: Iterable[str], *, has_tools: bool) -> list[str] | None:
    """Returns the tool servers, each once; None where a request names none.

    Raises `UnsupportedParameter` where it has tools of its own as well: a turn has calls of one kind only.
    """
    servers = list(dict.fromkeys(named))
    if servers and has_tools:
        raise UnsupportedParameter("tools", "Offer tools of your own, or name tool servers: not both in one request.")
    return servers or None


def check_servers(servers: Iterable[str] | None, model: str, settings: Settings) -> None:
    """Checks that what a request names can be called. `model`: "" = the session's, which is not known here.

    Raises `UnsupportedParameter` for a server that there is not, and for a model that cannot call tools.
    """
    for name in servers or ():
        if name not in settings.tool_servers.servers:
            raise UnsupportedParameter(f"servers.{name}", "GET /chat/tools lists the tool servers that there are.")
    chosen = settings.catalog.find(model) if model else None
    if servers and chosen and "tools" not in chosen.can:
        raise UnsupportedParameter(
            "tools", f"The model {model} cannot call tools. GET /models lists what each model can."
        )
