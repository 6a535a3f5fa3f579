"""Every check by its number, and the sentences that have none."""

import inspect
import re
from types import ModuleType

from tests.conformance import (
    arranging,
    chat_stream,
    continuing,
    cursors,
    exports,
    framing,
    limits,
    order,
    requests,
    settings,
    sharing,
    stopping,
    tool_servers,
    tools,
    versions,
    waiting,
)
from tests.conformance.suite import Check

MODULES = (
    requests,
    framing,
    order,
    cursors,
    stopping,
    limits,
    chat_stream,
    versions,
    waiting,
    exports,
    settings,
    arranging,
    sharing,
    continuing,
    tools,
    tool_servers,
)

UNTESTABLE: dict[str, str] = {}
"""Sentences of docs/protocol.md that no test can check, by number, with the reason."""


def checks_of(module: ModuleType) -> list[Check]:
    """The checks that a module has: its functions named p1, p2, …"""
    found = inspect.getmembers(module, inspect.isfunction)
    named = [(name, function) for name, function in found if re.fullmatch("p[0-9]+", name)]
    return [Check(name.upper(), function) for name, function in named if function.__module__ == module.__name__]


CHECKS = sorted((check for module in MODULES for check in checks_of(module)), key=lambda check: int(check.number[1:]))
IN_ORDER = sorted(CHECKS, key=lambda check: check.is_last)
"""As they are run: those that look at everything come last."""
