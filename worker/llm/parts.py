"""Text in the shapes in which servers send it: strings, lists of parts, parts in parts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

THINKING_TYPES = frozenset(("thinking", "thought", "reasoning", "reasoning.text", "reasoning.summary", "summary_text"))
REFERENCE_TYPES = frozenset(("reference", "citation", "annotation"))
SILENT_TYPES = frozenset(("signature", "reasoning.encrypted", "redacted_thinking"))
"""Parts that have no text; those before them mostly have none."""

TEXT_FIELDS = (
    "text",
    "content",
    "parts",
    "value",
    "thinking",
    "reasoning",
    "summary",
    "refusal",
    "transcript",
    "output_text",
)
DEEPEST = 8
LARGEST = 1e100
"""Of the numbers that count as text."""


class Part(NamedTuple):
    """A piece of text. `kind` is "odd" where the shape is not known, and the text is what could be made of it."""

    kind: str
    text: str


def parts_of(value: Any, kind: str = "content", depth: int = 0) -> Iterator[Part]:
    """The texts in a value, in order: of the kinds "content", "thinking", "refusal" and "odd"."""
    if isinstance(value, str):
        if value:
            yield Part(kind, value)
    elif value is None:
        return
    elif isinstance(value, list) and depth < DEEPEST:
        for each in value:
            yield from parts_of(each, kind, depth + 1)
    elif isinstance(value, dict) and depth < DEEPEST:
        yield from _of_object(value, kind, depth)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST:
        yield Part("odd", "")
        yield Part(kind, str(value))
    else:
        yield Part("odd", "")


def _of_object(part: dict[str, Any], kind: str, depth: int) -> Iterator[Part]:
    name = part.get("type") if isinstance(part.get("type"), str) else ""
    if not part or name in SILENT_TYPES or (name in REFERENCE_TYPES and not isinstance(part.get("text"), str)):
        return
    kind = (
        "thinking"
        if name in THINKING_TYPES or part.get("thought") is True
        else "refusal"
        if name == "refusal"
        else kind
    )
    field = next((field for field in TEXT_FIELDS if part.get(field) is not None), None)
    if field is None:
        yield Part("odd", "")
    else:
        yield from parts_of(part[field], kind, depth + 1)
