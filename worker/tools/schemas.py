"""Turns what a tool server says of its tools into tools that are offered to models. Pure."""

import json
from collections.abc import Iterable

import mcp_types

from chat.tools.function_names import function_name
from chat.tools.servers import ToolServer
from chat.visible_text import visible_line
from worker.tools.calls import Tool

TOOLS = 200
"""Tools of one server. What a server lists beyond it is left out."""

NAME_CHARS, TITLE_CHARS, DESCRIPTION_CHARS = 128, 100, 4000
SCHEMA_BYTES = 65_536
"""A tool whose schema is larger is left out: no model's context is made for it."""


def tools_of(server: ToolServer, listed: Iterable[mcp_types.Tool]) -> list[Tool]:
    """Returns the allowed tools. Of several with one name, the first."""
    found = dict[str, Tool]()
    for each in listed:
        if len(found) < TOOLS and each.name not in found and server.is_allowed(each.name) and _is_usable(each):
            found[each.name] = _tool(server, each)
    return list(found.values())


def _tool(server: ToolServer, listed: mcp_types.Tool) -> Tool:
    hints = listed.annotations or mcp_types.ToolAnnotations()
    is_read_only, is_idempotent = bool(hints.read_only_hint), bool(hints.idempotent_hint)
    return Tool(
        server=server.name,
        name=listed.name,
        function_name=function_name(server.name, listed.name),
        title=visible_line(listed.title or hints.title or listed.name)[:TITLE_CHARS],
        description=(listed.description or "")[:DESCRIPTION_CHARS],
        parameters=listed.input_schema,
        approval=server.approval_of(listed.name, is_read_only=is_read_only),
        is_repeatable=server.is_repeatable(listed.name, is_read_only=is_read_only, is_idempotent=is_idempotent),
        timeout=server.timeout,
        gets_files=server.files,
        is_read_only=is_read_only,
        server_title=server.title or None,
    )


def _is_usable(listed: mcp_types.Tool) -> bool:
    is_named = 0 < len(listed.name) <= NAME_CHARS and listed.name.isprintable()
    return is_named and len(json.dumps(listed.input_schema)) <= SCHEMA_BYTES
