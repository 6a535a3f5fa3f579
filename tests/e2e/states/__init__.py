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
from tests.e2e.states.table import WALKS, Place, State, Walk

__all__ = [
    "WALKS",
    "Place",
    "State",
    "Walk",
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
