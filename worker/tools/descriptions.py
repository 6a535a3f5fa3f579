"""Describes tools to models, in the form of chat completions. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from worker.tools.calls import Tool

UNKNOWN = "This tool cannot be called now."


def function_of(tool: Tool) -> dict[str, Any]:
    """Returns a tool as requests for chat completions describe it."""
    return _function(tool.function_name, tool.description, tool.parameters)


def called_tools(names: Iterable[str], known: Mapping[str, Tool]) -> list[dict[str, Any]]:
    """Returns the tools of earlier calls, each once: as their server described them last, if that is `known`."""
    return [
        function_of(known[name]) if name in known else _function(name, UNKNOWN, {"type": "object", "properties": {}})
        for name in dict.fromkeys(names)
    ]


def _function(name: str, description: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
