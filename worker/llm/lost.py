"""Finds text in places of a payload which the decoder does not read."""

import re
from typing import Any

CARRIERS = frozenset(
    """
    content contents text texts delta response output outputs output_text outputtext answer message messages parts part
    completion generation generated_text generatedtext reply transcript markdown refusal choices
    """.split()
)
"""Names of fields that have text of a reply, in small letters."""

ASIDE = re.compile(
    r"citation|reference|search|source|ground|meta|usage|prompt|logprob|context|annotation|tool|function|filter|timing"
    r"|request|input|history|instruction|document|snippet|debug|extra|info|config|setting|header|moderation|safety"
    r"|provider|hidden|related|image|audio|error|warning|trace|stats|question|step|status|progress|queue|raw"
)
"""Names of fields that tell of a reply, or of what it was made from: text in there is not the reply's."""

TOLD = frozenset(
    """
    ping pong heartbeat keepalive keep alive status progress search searching source sources citation citations
    references metadata debug log info warning queue queued usage trace title session
    """.split()
)
"""Words in the name of an event that tells how the work goes on, and adds nothing to the reply."""

THEIRS = frozenset(("user", "system", "developer", "tool"))
"""Roles of messages that are repeated from the conversation."""

BESIDE_DATA = frozenset(("data", "id", "index", "code", "success", "created", "model", "object"))
LABELS = frozenset(
    ("type", "id", "index", "role", "name", "object", "model", "status", "created", "format", "language")
)
"""Fields that no text is in."""

MOST = 2000
"""Values that are looked at."""


def has_text(payload: Any) -> bool:
    """Whether a field named like one that has text of a reply has some, anywhere but in what is told beside it."""
    left, looked = [payload], 0
    while left and looked < MOST:
        looked += 1
        value = left.pop()
        if isinstance(value, list):
            left.extend(value[:MOST])
        elif isinstance(value, dict) and not is_theirs(value):
            for name, inner in value.items():
                if ASIDE.search(name := name.casefold()):
                    continue
                if name in CARRIERS and _is_text(inner):
                    return True
                left.append(inner)
    return False


def is_theirs(message: dict[str, Any]) -> bool:
    """Whether a message is repeated from the conversation, or a token of TGI's is none of the text."""
    return (isinstance(role := message.get("role"), str) and role in THEIRS) or message.get("special") is True


def is_told(payload: dict[str, Any], event: str) -> bool:
    """Whether the name of a payload's event says that it adds nothing to the reply."""
    names = (event, *(payload.get(name) for name in ("type", "event", "event_type", "level")))
    words = {word for name in names if isinstance(name, str) for word in re.split(r"[^a-z]+", name.casefold())}
    return not TOLD.isdisjoint(words)


def is_text_alone(payload: dict[str, Any]) -> bool:
    """Whether a payload has nothing but text that it calls its data."""
    data = payload.get("data")
    if not isinstance(data, str) or not BESIDE_DATA.issuperset(payload):
        return False
    return bool(data.strip()) and data.strip(" .").casefold() not in (*TOLD, "[done]", "ok")


def has_unnamed_text(part: dict[str, Any]) -> bool:
    """Whether a part of a text, and of nothing else, has it in a field whose name says nothing."""
    kind = part.get("type", "text")
    if not (isinstance(kind, str) and any(sign in kind for sign in ("text", "content", "message", "markdown"))):
        return False
    return any(
        isinstance(value, str) and value and name not in LABELS and not name.endswith("_id") and not ASIDE.search(name)
        for name, value in part.items()
    )


def looks_like_payload(text: str) -> bool:
    """Whether text that is no JSON has the fields of a payload."""
    return bool(re.search(r"""["'](?:content|text|delta|choices)\\?["']\s*:""", text))


def _is_text(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(each, str) and each.strip() for each in value[:MOST])
    return isinstance(value, str) and bool(value.strip())
