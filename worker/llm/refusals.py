"""Judges the errors of model servers by status, code and type, or by their words if these are unspecific. Pure.

Servers quote the question that they refuse. Its words do not count.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

Kind = Literal["quota", "too_long"]

STATUS_OF_NAME = (
    ("rate_limit", 429),
    ("rate limit", 429),
    ("ratelimit", 429),
    ("too many requests", 429),
    ("throttling", 429),
    ("invalid_api_key", 401),
    ("invalidapikey", 401),
    ("arrearage", 402),
    ("data_inspection_failed", 400),
    ("datainspectionfailed", 400),
    ("authentication", 401),
    ("unauthorized", 401),
    ("not_found", 404),
    ("not found", 404),
    ("invalid_request", 400),
)
STATUS_FIELDS = ("code", "error_code", "status", "status_code", "statusCode", "http_code", "http_status", "status_msg")
STATUS_OF_CODE = {
    **dict.fromkeys(("1302", "1303", "1305", "1002"), 429),
    **dict.fromkeys(("1004", "2049"), 401),
    **dict.fromkeys(("1113", "1008"), 402),
    **dict.fromkeys(("1261", "1039"), 413),
    **dict.fromkeys(("1210", "1214", "2013"), 400),
    "1211": 404,
}
"""Codes of Zhipu (12xx, 13xx, 1113) and MiniMax (the others), with the statuses that they stand for."""

CODE_FIELDS = ("code", "error_code")
TYPE_FIELDS = ("type", "error_type", "status")
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""The form of a code or a type. Text with other characters may be a sentence."""

NAME_FIELDS = ("code", "type", "error_code", "error_type", "status")
UNSPECIFIC = frozenset(
    """
    error invalidrequest invalidrequesterror badrequest badrequesterror unknown unknownerror apierror servererror
    internalerror internalservererror upstreamerror validation validationerror valueerror exception none null failed
    """.split()
)
"""Codes and types that do not name a cause, without the characters between their words."""

QUOTA_SIGNS = (
    *("insufficient_quota", "insufficient_balance", "insufficient balance", "exceeded_current_quota"),
    *("insufficient_user_quota", "credit balance is too low"),
)
LENGTH_SIGNS = (
    *("context_length", "context length", "context_size", "context size", "context_window", "context window"),
    *("contextwindow", "prompt is too long"),
)
MIN_QUOTE_CHARS = 16
"""Length from which a text is not a part of an error's own words by chance."""

VAGUE_STATUSES = frozenset((400, 422, 500))
"""Statuses with so many meanings that the words may decide."""


def status_of(error: Any, conversation: Sequence[str] = ()) -> int:
    """Returns the HTTP status that an error stands for: its own, that of its name, or 500.

    `conversation`: texts whose words do not count as the error's.
    """
    fields = error if isinstance(error, dict) else {}
    for name in STATUS_FIELDS:
        value = str(fields.get(name, ""))
        if value in STATUS_OF_CODE:
            return STATUS_OF_CODE[value]
        if value.isdecimal() and len(value) == 3 and 400 <= int(value) < 600:
            return int(value)
    names = list(_names(error))
    texts = names if _are_specific(names) else [*names, _own_words(error, conversation)]
    return next((status for text in texts for name, status in STATUS_OF_NAME if name in text), 500)


def tokens_of(error: Any, conversation: Sequence[str] = ()) -> dict[str, str]:
    """Returns the server's own code and type for the log, as far as the error has them. Never words of its text.

    Leaves out what is not a single token, and what a text of `conversation` contains: a server may quote it there.
    """
    fields = {"server_code": _token(error, CODE_FIELDS), "server_type": _token(error, TYPE_FIELDS)}
    texts = [text.casefold() for text in conversation]
    return {
        name: token for name, token in fields.items() if token and not any(token.casefold() in text for text in texts)
    }


def _token(error: Any, names: Sequence[str]) -> str:
    if not isinstance(error, dict):
        return ""
    values = (str(error[name]) for name in names if isinstance(error.get(name), str | int))
    return next((value for value in values if TOKEN.fullmatch(value)), "") or _token(error.get("error"), names)


def kind_of(status: int, body: object, conversation: Sequence[str] = ()) -> Kind | None:
    """Returns whether an error with this status is about credit or about a conversation that is too long, or None."""
    if status in (402, 413):
        return "quota" if status == 402 else "too_long"
    names = list(_names(body))
    if kind := _kind_by_signs(" ".join(names)):
        return kind
    if _are_specific(names) or not (status in VAGUE_STATUSES or status in (403, 429) or status > 500):
        return None
    kind = _kind_by_signs(_own_words(body, conversation))
    return kind if status in VAGUE_STATUSES or kind == "quota" else None


def _kind_by_signs(words: str) -> Kind | None:
    if any(sign in words for sign in QUOTA_SIGNS):
        return "quota"
    return "too_long" if any(sign in words for sign in LENGTH_SIGNS) else None


def _names(error: Any) -> Iterator[str]:
    """Yields the codes and types that are strings, in lower case."""
    if not isinstance(error, dict):
        return
    yield from (value.casefold() for name in NAME_FIELDS if isinstance(value := error.get(name), str))
    yield from _names(error.get("error"))


def _are_specific(names: list[str]) -> bool:
    plain = ("".join(each for each in name if each.isalnum()) for name in names)
    return any(name and not name.isdecimal() and name not in UNSPECIFIC for name in plain)


def _own_words(error: Any, conversation: Sequence[str]) -> str:
    """Returns all texts of an error in lower case, without those of the conversation."""
    words = " ".join(_texts(error)).casefold()
    for text in sorted((text.strip().casefold() for text in conversation), key=len, reverse=True):
        if len(text) >= MIN_QUOTE_CHARS:
            words = words.replace(text, " ")
        elif text:
            words = words.replace(f'"{text}"', " ").replace(f"'{text}'", " ")
    return words


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
