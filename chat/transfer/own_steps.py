"""Reads the steps of a reply in our own form: the calls of tools of tool servers, with their results."""

from typing import Any, get_args

from pydantic import ValidationError

from chat import keys
from chat.tool_calls import Approval, ApprovalKind, ApprovalState, ReplyStep, ResultStatus, ServerCall, ToolImage
from chat.transfer.limits import Limits
from chat.transfer.texts import dict_of, line_of, list_of, number_of, text_of
from chat.usage import Usage

MAX_STEPS = 1000
MAX_CALLS = 1000
MAX_IMAGES = 1000
"""Of one reply. A server's own limits are lower."""

MAX_PIXELS = 1_000_000
"""Of an image's width or height, as it is given: the file itself is checked when it is stored."""

MAX_NAME = 200
MAX_TYPE = 100
MAX_NOTE = 500


def steps_of(value: Any, limits: Limits) -> list[ReplyStep] | None:
    """Returns the steps, without what model servers wanted back.

    What is beyond the limits, and what is not valid, is left out.
    """
    steps, left, images_left = list[ReplyStep](), MAX_CALLS, MAX_IMAGES
    for each in list_of(value)[:MAX_STEPS]:
        given = dict_of(each)
        calls = [_call(dict_of(call), limits) for call in list_of(given.get("calls"))[:left]]
        left -= len(calls)
        for call in calls:
            call.images = (call.images or [])[:images_left] or None
            images_left -= len(call.images or ())
        steps.append(
            ReplyStep(
                content=_text(given.get("content"), limits),
                thinking=_text(given.get("thinking"), limits) or None,
                calls=calls,
                usage=_usage(given.get("usage")),
                complete=given.get("complete") is not False,
            )
        )
    return steps or None


def _call(given: dict[str, Any], limits: Limits) -> ServerCall:
    status, content = given.get("status"), given.get("content")
    return ServerCall(
        id=line_of(given.get("id"), MAX_NAME),
        name=line_of(given.get("name"), MAX_NAME),
        arguments=_text(given.get("arguments"), limits),
        server=line_of(given.get("server"), MAX_NAME),
        title=line_of(given.get("title"), MAX_NAME) or None,
        server_title=line_of(given.get("server_title"), MAX_NAME) or None,
        started=given.get("started") is True,
        started_at=number_of(given.get("started_at")),
        status=status if status in get_args(ResultStatus) else None,
        content=_text(content, limits) if isinstance(content, str) else None,
        images=_images(given.get("images")),
        code=line_of(given.get("code"), MAX_NAME) or None,
        seconds=number_of(given.get("seconds")),
        approval=_approval(dict_of(given.get("approval"))),
    )


def _images(value: Any) -> list[ToolImage] | None:
    """Returns the images whose ids are valid."""
    listed = {text_of(given.get("id")): given for given in map(dict_of, list_of(value)[:MAX_IMAGES])}
    return [
        ToolImage(
            id=file_id,
            type=line_of(given.get("type"), MAX_TYPE),
            width=_pixels(given.get("width")),
            height=_pixels(given.get("height")),
        )
        for file_id, given in listed.items()
        if keys.is_file_id(file_id)
    ] or None


def _pixels(value: Any) -> int | None:
    return value if type(value) is int and 0 < value <= MAX_PIXELS else None


def _approval(given: dict[str, Any]) -> Approval | None:
    """Returns who decided what, without the form of a question; None where it is not valid."""
    index, kind, state = given.get("index"), given.get("kind"), given.get("state")
    if type(index) is not int or index < 0 or kind not in get_args(ApprovalKind):
        return None
    if state not in get_args(ApprovalState):
        return None
    return Approval(
        id=line_of(given.get("id"), MAX_NAME),
        index=index,
        kind=kind,
        state=state,
        message=line_of(given.get("message"), MAX_NOTE) or None,
        note=line_of(given.get("note"), MAX_NOTE) or None,
    )


def _usage(value: Any) -> Usage | None:
    try:
        return Usage.model_validate(value) if isinstance(value, dict) else None
    except ValidationError:
        return None


def _text(value: Any, limits: Limits) -> str:
    return text_of(value)[: limits.message_chars]
