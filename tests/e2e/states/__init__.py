"""All states of the page and how to reach them. Pictures and accessibility checks use this one table."""

from tests.e2e.states import (
    contents,
    data,
    files,
    looks,
    models,
    replies,
    search,
    shell,
    tokens,
    tools,
    versions,
    waiting,
)
from tests.e2e.states.table import STATES, Place, State

__all__ = [
    "STATES",
    "Place",
    "State",
    "contents",
    "data",
    "files",
    "looks",
    "models",
    "replies",
    "search",
    "shell",
    "tokens",
    "tools",
    "versions",
    "waiting",
]
