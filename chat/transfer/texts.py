"""Reads texts, numbers and times of foreign JSON, whatever is in their place."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from chat.transfer.limits import MAX_NAME_CHARS, MAX_TITLE_CHARS

LATEST = 1e11
"""Seconds since the epoch. A greater number is in milliseconds."""

CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def clean(text: str) -> str:
    """Replaces halves of surrogate pairs, which JSON can contain but UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def text_of(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def line_of(value: Any, limit: int) -> str:
    """Returns a short text in one line."""
    return CONTROLS.sub(" ", text_of(value)).strip()[:limit].strip()


def title_of(value: Any) -> str:
    return line_of(value, MAX_TITLE_CHARS)


def name_of(value: Any) -> str | None:
    return line_of(value, MAX_NAME_CHARS) or None


def number_of(value: Any) -> float | None:
    """Returns a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def time_of(value: Any) -> float | None:
    """Returns seconds since the epoch, from seconds, milliseconds or ISO 8601; None for anything else, and for 0."""
    if isinstance(value, str):
        return _time_of_text(value)
    number = number_of(value)
    if not number or number >= LATEST * 1000:
        return None
    return number if number < LATEST else number / 1000


def _time_of_text(text: str) -> float | None:
    if len(text) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        seconds = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None


def dict_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
