"""Pure: what an attempt leaves behind: the last event of its turn, and the message for the history."""

from typing import NamedTuple

from chat.endings import Shown, reply_of
from chat.events import End, Error
from chat.messages import EndReason, Message
from chat.turn_record import Turn
from worker.llm.delta import Delta
from worker.output.relay import Relay


class Answered(NamedTuple):
    """What answered: the model (None = the turn's own), and the name of a persona of the user's own.

    `base`: the reply that the turn continues.
    """

    model: str | None
    persona_name: str | None
    base: Message | None = None


def leaves_model_running(last: End | Error) -> bool:
    """Whether the turn ended although its model had not: then a reply in the background is still being made."""
    return last.finish_reason == "cancelled" if isinstance(last, End) else not last.code.startswith("model_")


def reply_for(turn: Turn, last: End | Error, relay: Relay, answered: Answered) -> Message | None:
    """Returns the message for the history: exactly the text that readers saw, and what answered."""
    timer = relay.timer
    return reply_of(
        turn,
        last,
        Shown(relay.shown, answered.model),
        persona_name=answered.persona_name,
        seconds=timer.seconds if timer else None,
        thinking_seconds=timer.thinking_seconds if timer else None,
        base=answered.base,
    )


def end_of(turn: Turn, reason: EndReason, last: Delta | None = None) -> End:
    return End(session_id=turn.session_id, finish_reason=reason, usage=last.usage if last else None)
