"""Answers that are not streamed: responses that have ended, and pages of items. Pure."""

from collections.abc import Sequence
from typing import Literal

from api.protocols.responses.items import Done, items_of
from api.protocols.responses.objects import Object, end_of, response_of
from chat.errors import InvalidRequest
from chat.events import End, Error
from chat.messages import Message


def ended(turn_id: str, head: Object, last: End | Error, reply: Message | None) -> Object:
    """Returns a response that has ended. `reply`: what was kept of it."""
    status, fields = end_of(last)
    done: Done = "completed" if status == "completed" else "incomplete"
    if reply and reply.model:
        head = {**head, "model": reply.model}
    at = reply.timestamp if reply and status == "completed" else None
    return response_of(head, status, items_of(turn_id, reply).as_objects(done), {**fields, "completed_at": at})


def page_of(items: Sequence[Object], limit: int, order: Literal["asc", "desc"], after: str | None) -> Object:
    """Returns a page of a list. Raises `InvalidRequest` where the item before it is not in the list."""
    found = list(items) if order == "asc" else list(reversed(items))
    names = [item["id"] for item in found]
    if after is not None and after not in names:
        raise InvalidRequest("There is no item with the id that after names.", param="after")
    rest = found[names.index(after) + 1 :] if after is not None else found
    page = rest[:limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else "",
        "last_id": page[-1]["id"] if page else "",
        "has_more": len(rest) > limit,
    }
