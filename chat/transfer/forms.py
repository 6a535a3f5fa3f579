"""Finds out which application a conversation comes from, and reads it."""

from collections.abc import Callable
from typing import Any

from chat.transfer import chatgpt, holdfast, librechat, open_webui
from chat.transfer.conversation import Conversation, LeftOut, NotImportable
from chat.transfer.limits import Limits
from chat.transfer.texts import dict_of, title_of

Fits = Callable[[dict[str, Any]], bool]
Read = Callable[[dict[str, Any], Limits], Conversation]

FORMS: tuple[tuple[Fits, Read], ...] = (
    (holdfast.fits, holdfast.read),
    (chatgpt.fits, chatgpt.read),
    (open_webui.fits, open_webui.read),
    (librechat.fits, librechat.read),
)


def read(value: Any, limits: Limits) -> Conversation | LeftOut:
    """Reads a conversation in any known form."""
    given = dict_of(value)
    try:
        for fits, of_form in FORMS:
            if fits(given):
                return of_form(given, limits)
    except NotImportable as error:
        return LeftOut(_title(given), error.reason)
    return LeftOut(_title(given), "unreadable")


def _title(value: dict[str, Any]) -> str:
    return title_of(value.get("title")) or title_of(dict_of(value.get("chat")).get("title"))
