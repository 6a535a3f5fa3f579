"""What the error of a model server says: by its status, its code and type, or by its words where these say nothing.

Servers quote the question that they refuse: its words say nothing of the error. All of it is pure.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

Kind = Literal["quota", "too_long"]

NAMED = (
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
NUMBERED = {
    **dict.fromkeys(("1302", "1303", "1305", "1002"), 429),
    **dict.fromkeys(("1004", "2049"), 401),
    **dict.fromkeys(("1113", "1008"), 402),
    **dict.fromkeys(("1261", "1039"), 413),
    **dict.fromkeys(("1210", "1214", "2013"), 400),
    "1211": 404,
}
"""Codes of Zhipu (12xx, 13xx, 1113) and MiniMax (the others) as the statuses that they stand for."""

NAME_FIELDS = ("code", "type", "error_code", "error_type", "status")
GENERAL = frozenset(
    """
    error invalidrequest invalidrequesterror badrequest badrequesterror unknown unknownerror apierror servererror
    internalerror internalservererror upstreamerror validation validationerror valueerror exception none null failed
    """.split()
)
"""Codes and types that say nothing, without what stands between their words."""

NO_QUOTA = (
    *("insufficient_quota", "insufficient_balance", "insufficient balance", "exceeded_current_quota"),
    *("insufficient_user_quota", "credit balance is too low"),
)
TOO_LONG = (
    *("context_length", "context length", "context_size", "context size", "context_window", "context window"),
    *("contextwindow", "prompt is too long"),
)
LONG = 16
"""Characters of a text that is no part of an error's own words by chance."""

WORDY = frozenset((400, 422, 500))
"""Statuses that stand for so much that words may say more."""


def status_of(error: Any, said: Sequence[str] = ()) -> int:
    """The HTTP status that an error stands for: its own, that of its name, or 500.

    `said`: texts of the conversation, which are no words of the error.
    """
    fields = error if isinstance(error, dict) else {}
    for name in STATUS_FIELDS:
        value = str(fields.get(name, ""))
        if value in NUMBERED:
            return NUMBERED[value]
        if value.isdecimal() and len(value) == 3 and 400 <= int(value) < 600:
            return int(value)
    names = list(_names(error))
    places = names if _say_something(names) else [*names, _words(error, said)]
    return next((status for place in places for name, status in NAMED if name in place), 500)


def kind_of(status: int, body: object, said: Sequence[str] = ()) -> Kind | None:
    """Whether an error with this status is about credit or about a conversation that is too long."""
    if status in (402, 413):
        return "quota" if status == 402 else "too_long"
    names = list(_names(body))
    if kind := _signed(" ".join(names)):
        return kind
    if _say_something(names) or not (status in WORDY or status in (403, 429) or status > 500):
        return None
    kind = _signed(_words(body, said))
    return kind if status in WORDY or kind == "quota" else None


def _signed(words: str) -> Kind | None:
    if any(sign in words for sign in NO_QUOTA):
        return "quota"
    return "too_long" if any(sign in words for sign in TOO_LONG) else None


def _names(error: Any) -> Iterator[str]:
    """The codes and types, in small letters; numbers are none."""
    if not isinstance(error, dict):
        return
    yield from (value.casefold() for name in NAME_FIELDS if isinstance(value := error.get(name), str))
    yield from _names(error.get("error"))


def _say_something(names: list[str]) -> bool:
    plain = ("".join(each for each in name if each.isalnum()) for name in names)
    return any(name and not name.isdecimal() and name not in GENERAL for name in plain)


def _words(error: Any, said: Sequence[str]) -> str:
    """All texts of an error, in small letters, without those of the conversation."""
    words = " ".join(_texts(error)).casefold()
    for text in sorted((text.strip().casefold() for text in said), key=len, reverse=True):
        if len(text) >= LONG:
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
