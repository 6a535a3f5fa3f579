"""Says how a turn's reply is made: from its first word, or after a text that is there already."""

from functools import partial

from chat.circuits import Circuits
from chat.messages import Message
from chat.position import Position
from chat.providers.catalog import Capability
from worker.jobs.attempt import Attempt, WatchedModels
from worker.llm.continuation import Continuation
from worker.llm.going_on import Ask, go_on
from worker.llm.joining import join
from worker.llm.models import Models
from worker.llm.options import ReplyOptions
from worker.llm.overlap import tail_of
from worker.llm.prompt import PromptMessage, going_on, has_pictures
from worker.llm.tries import ask


class Sources:
    """Makes sources of replies for one worker process."""

    def __init__(self, models: Models, circuits: Circuits) -> None:
        self._models = models
        self._circuits = circuits

    def of(
        self,
        model_id: str,
        messages: list[PromptMessage],
        options: ReplyOptions,
        attempt: Attempt,
        *,
        reply: Continuation | None,
        base: Message | None,
    ) -> Ask:
        """Returns what streams a reply of the model, or of its fall-backs.

        `reply`: what an earlier attempt has written, which the model continues. `base`: the reply that the turn
        continues, which any model goes on with. Raises `ModelFailure` for a model that is not offered.
        """
        needs = _needs(messages, options)
        watched, candidates = WatchedModels(self._models, attempt), self._models.candidates(model_id, needs)
        if base:
            more = options._replace(written=len(base.content) + len(base.thinking or ""))
            asked = partial(ask, watched, self._circuits, candidates, _gone_on_with(messages, base), more)
            anew = join(asked, base.content, has_thought=bool(base.thinking))
            if reply is None and candidates[0].continues == "prefix":
                reply = Continuation(base.content, base.thinking or "", Position(model=candidates[0].id))
        else:
            anew = partial(ask, watched, self._circuits, candidates, messages, options)
        if reply is None:
            return anew
        continuing = WatchedModels(self._models, attempt, reply)
        model, *_ = self._models.candidates(reply.position.model)
        continued = partial(ask, continuing, self._circuits, [model], messages, options)
        return partial(go_on, continued, anew, keeps=reply.size > 0 and len(candidates) == 1)


def _needs(messages: list[PromptMessage], options: ReplyOptions) -> list[Capability]:
    needed: dict[Capability, bool] = {
        "vision": has_pictures(messages),
        "tools": bool(options.has_tools or options.named_tools),
    }
    return [name for name, is_needed in needed.items() if is_needed]


def _gone_on_with(messages: list[PromptMessage], base: Message) -> list[PromptMessage]:
    return going_on(messages, base.content, tail_of(base.content))
