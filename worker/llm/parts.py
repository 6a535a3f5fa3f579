"""Extracts text from the shapes in which servers send it: strings, lists of parts, parts in parts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from worker.llm.lost import has_text, has_unnamed_text, is_not_reply

REFERENCE_TYPES = frozenset(("reference", "citation", "annotation"))
TEXTLESS_TYPES = frozenset(("signature", "signature_delta", "reasoning.encrypted", "redacted_thinking"))
"""Parts without text. Parts of `REFERENCE_TYPES` mostly have none either."""

KINDS = {
    "thinking": ("thinking", "thought", "reasoning", "summary_text"),
    "refusal": ("refusal",),
    "tool": ("tool_use", "tool_call", "function_call", "input_json", "mcp_call", "code_interpreter"),
    "sound": ("audio.delta",),
}
"""Words in the type of a part that is not plain text. Sound encoded in letters is not text."""

TEXT_FIELDS = tuple(
    """
    text content parts value refusal transcript output_text delta message part item content_block content_block_delta
    token response answer generated_text generation completion reply output outputs result results data payload body
    """.split()
)
"""In order of precedence. The last ones are the envelopes of other interfaces."""

ENVELOPES = frozenset(("data", "payload", "body", "item", "results"))
"""Fields whose objects may have text. Their strings are not text: sound and images are encoded in letters too."""

PART_THINKING_FIELDS = ("thinking", "reasoning", "reasoning_content", "summary")
MAX_DEPTH = 8
MAX_NUMBER = 1e100
"""Numbers below it count as text."""


class Part(NamedTuple):
    """A piece of text, or a mark in place of one.

    `kind`: "odd" if the shape is not known, and the text is what could be read of it; "lost" for text that is not read;
    "tool" for the call of a tool; "sound" for a piece of sound.
    """

    kind: str
    text: str


def parts_of(value: Any, kind: str = "content", depth: int = 0) -> Iterator[Part]:
    """Yields the parts of a value in order: "content", "thinking", "refusal", "tool", "sound", "odd" and "lost"."""
    if isinstance(value, str):
        if value:
            yield Part(kind, value)
    elif value is None:
        return
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for each in value:
            yield from parts_of(each, kind, depth + 1)
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        numbered = bool(value) and all(name.isdecimal() for name in value)
        yield from parts_of([*value.values()], kind, depth) if numbered else _of_object(value, kind, depth)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_NUMBER:
        yield Part("odd", "")
        yield Part(kind, str(value))
    else:
        yield Part("lost" if has_text(value) else "odd", "")


def _of_object(part: dict[str, Any], kind: str, depth: int) -> Iterator[Part]:
    name = part["type"] if isinstance(part.get("type"), str) else ""
    if not part or name in TEXTLESS_TYPES or (name in REFERENCE_TYPES and not isinstance(part.get("text"), str)):
        return
    kind = "thinking" if part.get("thought") is True else _kind_of(name) or kind
    if kind in ("tool", "sound"):
        yield Part(kind, "")
    elif not is_not_reply(part):
        yield from _of_fields(part, kind, depth)


def _of_fields(part: dict[str, Any], kind: str, depth: int) -> Iterator[Part]:
    found = [*_first(part, PART_THINKING_FIELDS[:3], "thinking", depth), *_first(part, TEXT_FIELDS, kind, depth)]
    yield from found or _first(part, PART_THINKING_FIELDS, "thinking", depth)
    if not found and not any(_is_set(part, field) for field in (*TEXT_FIELDS, *PART_THINKING_FIELDS)):
        is_lost = has_text(part) or (kind == "content" and has_unnamed_text(part))
        yield Part("lost" if is_lost else "odd", "")


def _kind_of(name: str) -> str | None:
    return next((kind for kind, signs in KINDS.items() if any(sign in name for sign in signs)), None)


def _first(part: dict[str, Any], fields: tuple[str, ...], kind: str, depth: int) -> list[Part]:
    """Returns the parts of the first field that has text or a tool call, otherwise the odd parts of all fields."""
    odd = list[Part]()
    for field in fields:
        value = part.get(field)
        if value == "" or not _is_set(part, field):
            continue
        found = list(parts_of(value, kind, depth + 1))
        if any(each.text or each.kind == "tool" for each in found):
            return found
        odd += found
    return odd


def _is_set(part: dict[str, Any], field: str) -> bool:
    value = part.get(field)
    return value is not None and (field not in ENVELOPES or isinstance(value, dict | list))
