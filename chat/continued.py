"""Replies that are continued: each becomes the beginning of another version, and stays as it is. Pure."""

from chat.events import End, Error, Snapshot
from chat.messages import MAX_LOST_WORKERS, Message
from chat.reply_errors import NotAReply, ReplyCallsTools, ReplyComplete, ReplyEmpty, ReplyTooLong
from chat.tool_calls import ReplyStep, ResultStatus, ServerCall
from chat.usage import total

STOPPED_EARLY = ("length", "cancelled", "error")
"""The finish reasons of replies that can be continued."""

STOPPED_CALLS: dict[bool, tuple[ResultStatus, str]] = {
    True: ("unknown", "The reply was stopped while this call ran, so its result is not known."),
    False: ("denied", "The reply was stopped before this call was made."),
}
"""What calls without a result have as their result in a reply that goes on, by whether they were started."""


def check_continuable(message: Message, max_chars: int) -> None:
    """Checks that a message is a reply that has stopped early, with fewer than `max_chars` characters.

    Raises `NotAReply`, `ReplyComplete`, `ReplyCallsTools`, `ReplyEmpty` or `ReplyTooLong`.
    """
    if message.role != "assistant":
        raise NotAReply
    if message.finish_reason not in STOPPED_EARLY:
        raise ReplyComplete
    if message.tool_calls:
        raise ReplyCallsTools
    if not message.content.strip():
        raise ReplyEmpty
    if len(message.content) + len(message.thinking or "") >= max_chars:
        raise ReplyTooLong


def text_of(base: Message) -> Snapshot:
    """Returns the text and the steps that a continued reply begins with.

    A step whose calls are not whole is left out; its text stays. Each call has a result, because models refuse to go on
    after one without.
    """
    steps = [_settled(step) for step in base.steps or () if step.complete]
    return Snapshot(content=base.content, thinking=base.thinking or "", steps=steps or None)


def _settled(step: ReplyStep) -> ReplyStep:
    return step.model_copy(update={"calls": [call if call.status else _stopped(call) for call in step.calls]})


def _stopped(call: ServerCall) -> ServerCall:
    status, content = STOPPED_CALLS[call.started]
    return call.model_copy(update={"status": status, "content": content})


def adds_nothing(text: Snapshot, base: Message | None) -> bool:
    """Whether a reply has no text, no thinking and no calls, or only what it continues."""
    before = text_of(base) if base else Snapshot(content="")
    begun = (before.content, before.thinking, before.steps or [])
    return not text.tool_calls and (text.content, text.thinking, text.steps or []) in (("", "", []), begun)


def with_usage(last: End | Error, base: Message) -> End | Error:
    """Returns the last event of a turn that continues `base`, with the tokens of the whole reply."""
    return last.model_copy(update={"usage": total(last.usage, base.usage)}) if isinstance(last, End) else last


def joined(reply: Message, base: Message) -> Message:
    """Returns the reply with what it took in all: the times and the lost workers of `base` are added.

    The tokens are those of the turn's last event, which has them all; after a failure those of `base`.
    """
    lost = (reply.lost_workers or 0) + (base.lost_workers or 0)
    return reply.model_copy(
        update={
            "usage": reply.usage or base.usage,
            "seconds": _sum(reply.seconds, base.seconds),
            "thinking_seconds": _sum(reply.thinking_seconds, base.thinking_seconds),
            "lost_workers": min(lost, MAX_LOST_WORKERS) or None,
        }
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return other if one is None else round(one + (other or 0), 2)
