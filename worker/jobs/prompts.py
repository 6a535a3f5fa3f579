"""Builds the prompt of a turn: its persona, the settings of its session, its branch, and the files in that."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.messages import Message
from chat.own_personas import OwnPersonas
from chat.personas import Personas, default_of
from chat.session_settings import SessionSettings
from chat.settings import Settings
from chat.turn_record import Turn
from worker.jobs.attached_files import AttachedFiles
from worker.llm.client_prompt import build_as_asked, is_clients
from worker.llm.prompt import PromptMessage, ReplyForm, as_text, build


@dataclass(frozen=True)
class TurnPersona:
    """The persona of a turn. `name`: of one of the user's own. `tools`: patterns of its tools, None = all."""

    prompt: str
    name: str | None = None
    tools: Sequence[str] | None = None


class Prompts:
    """Builds prompts for one worker process."""

    def __init__(self, personas: Personas, own_personas: OwnPersonas, files: AttachedFiles, settings: Settings) -> None:
        self._personas = personas
        self._own_personas = own_personas
        self._files = files
        self._settings = settings

    async def persona(self, turn: Turn) -> TurnPersona:
        """Returns the turn's persona.

        One of the user's own is as it is now; one that was deleted gives way to the default one.
        """
        if own := await self._own_personas.find(turn.user_id, turn.persona):
            return TurnPersona(own.prompt, own.shown_name)
        found = self._personas.get(turn.persona) or self._personas[default_of(self._personas)]
        return TurnPersona(found.prompt, tools=found.tools)

    async def build(
        self,
        turn: Turn,
        persona: TurnPersona,
        given: SessionSettings,
        history: Sequence[Message],
        reply_form: ReplyForm = as_text,
    ) -> list[PromptMessage]:
        """Builds the prompt. Turns whose history was cleared end before this. `reply_form`: of earlier replies."""
        found = await self._files.read(turn.user_id, turn.model, history)
        request, system = history[-1].request, given.added_to(persona.prompt)
        if is_clients(history):
            return build_as_asked(request.instructions if request else system, history, found, reply_form)
        messages = build(system, history, turn.question, self._settings.context_messages, found, reply_form)
        assert messages
        return messages
