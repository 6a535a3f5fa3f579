"""Finds text in fields of a payload that the decoder does not read."""

import re
from typing import Any

TEXT_NAMES = frozenset(
    """
    content contents text texts delta response output outputs output_text outputtext answer message messages parts part
    completion generation generated_text generatedtext reply transcript markdown refusal choices
    """.split()
)
"""Names of fields that contain text of a reply, in lower case."""

NON_REPLY_NAMES = re.compile(
    r"citation|reference|search|source|ground|meta|usage|prompt|logprob|context|annotation|tool|function|filter|timing"
    r"|request|input|history|instruction|document|snippet|debug|extra|info|config|setting|header|moderation|safety"
    r"|provider|hidden|related|image|audio|error|warning|trace|stats|question|step|status|progress|queue|raw"
)
"""Names of fields about a reply or about its sources. Text in them does not belong to the reply."""

NOTICE_WORDS = frozenset(
    """
    ping pong heartbeat keepalive keep alive status progress search searching source sources citation citations
    references metadata debug log info warning queue queued usage trace title session
    """.split()
)
"""Words in the name of an event that reports progress and adds nothing to the reply."""

PROMPT_ROLES = frozenset(("user", "system", "developer", "tool"))
"""Roles of messages that are repeated from the conversation."""

DATA_SIBLINGS = frozenset(("data", "id", "index", "code", "success", "created", "model", "object"))
"""Fields that may accompany `data` in a payload that has nothing but text."""

LABEL_FIELDS = frozenset(
    ("type", "id", "index", "role", "name", "object", "model", "status", "created", "format", "language")
)
"""Fields that never contain text."""

THINKING_NAMES = re.compile(r"think|thought|reasoning|cogit|reflect|ponder")
"""Names of thinking. They outweigh `NON_REPLY_NAMES`, as in `reasoning_trace`."""

OPAQUE_NAMES = re.compile(
    r"signature|encrypted|redacted|opaque|obfuscation|padding|reason$"
    r"|(^|_)(id|ids|index|type|kind|category|mode|role|author|recipient|name|model|object|format|language|lang"
    r"|channel|phase|state|stop|sequence|end|p|at|date|time|timestamp|created|version|hash|fingerprint|tier|region"
    r"|url|uri|label|labels|flag|flags)$"
)
"""Names of fields that contain labels, or what is not meant to be read: signatures, encrypted thinking, padding."""

FIELD_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""Names that may be logged. Anything else could be a text."""

MAX_FIELD_NAMES = 8
"""Greatest number of names that are kept for the log."""

MAX_VALUES = 2000
"""Greatest number of values that are examined."""


def has_text(payload: Any) -> bool:
    """Returns whether a field of `TEXT_NAMES` has text, at any depth. Ignores fields of `NON_REPLY_NAMES`."""
    left, examined = [payload], 0
    while left and examined < MAX_VALUES:
        examined += 1
        value = left.pop()
        if isinstance(value, list):
            left.extend(value[:MAX_VALUES])
        elif isinstance(value, dict) and not is_not_reply(value):
            for name, inner in value.items():
                if NON_REPLY_NAMES.search(name := name.casefold()):
                    continue
                if name in TEXT_NAMES and _is_text(inner):
                    return True
                left.append(inner)
    return False


def unknown_text(fields: dict[str, Any], known: frozenset[str]) -> set[str]:
    """Returns the names of fields that have text, at any depth, and are not `known`.

    Ignores fields whose names say that their text does not belong to the reply.
    """
    return {name for name, value in fields.items() if value and name not in known and _has_any_text({name: value})}


def names_for_log(names: set[str]) -> list[str]:
    """Returns the names of unknown fields that may be logged; "other" in place of names that may be texts."""
    return sorted({name if FIELD_NAME.fullmatch(name) else "other" for name in names})


def _has_any_text(fields: dict[str, Any]) -> bool:
    left, examined = list[Any]([fields]), 0
    while left and examined < MAX_VALUES:
        examined += 1
        value = left.pop()
        if isinstance(value, str):
            if value.strip():
                return True
        elif isinstance(value, list):
            left.extend(value[:MAX_VALUES])
        elif isinstance(value, dict):
            left.extend(inner for name, inner in value.items() if _may_be_reply(name.casefold()))
    return False


def _may_be_reply(name: str) -> bool:
    """Returns whether text in a field of this name, in lower case, may belong to the reply."""
    if name in LABEL_FIELDS or OPAQUE_NAMES.search(name):
        return False
    return bool(THINKING_NAMES.search(name)) or not NON_REPLY_NAMES.search(name)


def is_not_reply(message: dict[str, Any]) -> bool:
    """Returns whether a message is repeated from the conversation, or is a special token of TGI, which is not text."""
    return (isinstance(role := message.get("role"), str) and role in PROMPT_ROLES) or message.get("special") is True


def is_notice(payload: dict[str, Any], event: str) -> bool:
    """Returns whether the name of a payload's event means that it adds nothing to the reply."""
    names = (event, *(payload.get(name) for name in ("type", "event", "event_type", "level")))
    words = {word for name in names if isinstance(name, str) for word in re.split(r"[^a-z]+", name.casefold())}
    return not NOTICE_WORDS.isdisjoint(words)


def is_text_only(payload: dict[str, Any]) -> bool:
    """Returns whether a payload contains nothing but text, in `data`."""
    data = payload.get("data")
    if not isinstance(data, str) or not DATA_SIBLINGS.issuperset(payload):
        return False
    return bool(data.strip()) and data.strip(" .").casefold() not in (*NOTICE_WORDS, "[done]", "ok")


def has_unnamed_text(part: dict[str, Any]) -> bool:
    """Returns whether a part that is only text has it in a field of unknown name."""
    kind = part.get("type", "text")
    if not (isinstance(kind, str) and any(sign in kind for sign in ("text", "content", "message", "markdown"))):
        return False
    return any(
        isinstance(value, str)
        and value
        and name not in LABEL_FIELDS
        and not name.endswith("_id")
        and not NON_REPLY_NAMES.search(name)
        for name, value in part.items()
    )


def looks_like_payload(text: str) -> bool:
    """Returns whether text that is not JSON has the fields of a payload."""
    return bool(re.search(r"""["'](?:content|text|delta|choices)\\?["']\s*:""", text))


def _is_text(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(each, str) and each.strip() for each in value[:MAX_VALUES])
    return isinstance(value, str) and bool(value.strip())
