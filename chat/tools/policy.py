"""Decides which tools of a server may be used, which need approval, and which may be repeated. Pure."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

Approval = Literal["always", "ask", "never"]
"""Whether a tool runs without a question, only if the user agrees, or not at all."""


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns fits the name: `*`, `?` and `[…]` as in a shell; case matters."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def is_allowed(name: str, allow: Iterable[str], deny: Iterable[str]) -> bool:
    """Whether a tool may be offered at all. What is denied is not allowed."""
    return matches(name, allow) and not matches(name, deny)


def approval_of(name: str, rules: Mapping[str, Approval], *, is_read_only: bool) -> Approval:
    """Returns the rule of the first pattern that fits; without one, only what reads runs without a question."""
    for pattern, rule in rules.items():
        if fnmatchcase(name, pattern):
            return rule
    return "always" if is_read_only else "ask"


def is_repeatable(name: str, patterns: Iterable[str], *, is_read_only: bool, is_idempotent: bool) -> bool:
    """Whether a call may be made again without harm: by the tool's own hints, or because the operator says so."""
    return is_read_only or is_idempotent or matches(name, patterns)


def is_selected(server: str, tool: str, patterns: Iterable[str] | None) -> bool:
    """Whether the patterns `server/tool` of a persona select a tool. Without patterns all are selected."""
    return patterns is None or matches(f"{server}/{tool}", patterns)


def may_be_selected(server: str, patterns: Iterable[str] | None) -> bool:
    """Whether the patterns of a persona may select a tool of a server, whose tools are not known."""
    return patterns is None or matches(server, (pattern.partition("/")[0] for pattern in patterns))
