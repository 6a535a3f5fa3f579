"""Names a session after its first reply, in a job. Nothing depends on it: after a failure the old title stays."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from chat import titles
from chat.errors import UnknownSession
from chat.messages import Message
from chat.position import parsed
from chat.queue import Queue
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import Redis
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.models import Models
from worker.llm.options import ReplyOptions
from worker.llm.prompt import PromptMessage

INSTRUCTION = "Name the conversation in two to six words, in the language of its question. Answer with the name alone."
QUESTION_CHARS = 2000
REPLY_CHARS = 1000
OPTIONS = ReplyOptions(thinking=False, max_tokens=500)
"""Far more tokens than a title has, because some models think first."""

TIMEOUT_SECONDS = 60

logger = structlog.get_logger(__name__)


class Answer:
    """Collects the text of a whole reply. `position`: where the model's reply is, "" where that is not tracked."""

    is_full = False

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.position = ""

    def add(self, item: Delta, /) -> None:
        self.pieces.append(item.content)

    async def room(self) -> None:
        """Returns at once, because `OPTIONS` bound the text."""

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        """Keeps the position, which names the response to stop. A title is never continued."""
        self.position = position(0) if position else ""


class Titles:
    """Enqueues and runs the jobs that name sessions."""

    def __init__(self, store: Redis, queue: Queue, settings: Settings, models: Models) -> None:
        self._sessions = Sessions(store, settings)
        self._queue = queue
        self._settings = settings
        self._models = models

    async def enqueue(self, session_id: str) -> None:
        """Enqueues a job, if the session's title is only the beginning of its first question."""
        if self._settings.session_titles and await self._sessions.awaits_title(session_id):
            await self._queue.put_title(session_id)

    async def make(self, session_id: str) -> None:
        """Asks the model that answered for a title and stores it: no other provider gets the conversation.

        After an answer without a title the session keeps its title. After a failure the end of the next turn tries
        again.
        """
        try:
            messages, cuts = await self._sessions.to_name(session_id)
        except UnknownSession:  # deleted meanwhile
            return
        if [message.role for message in messages] != ["user", "assistant"] or not messages[0].content.strip():
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                title = titles.from_model(await self._answer(messages[-1].model, request(*messages)))
        except (ModelFailure, TimeoutError) as error:
            facts = error.facts if isinstance(error, ModelFailure) else {}
            logger.info("title_failed", error=getattr(error, "code", "timeout"), **facts)
            return
        given = await self._sessions.give_title(session_id, title, cuts, messages[-1])
        logger.info("title_made", given=given, characters=len(title))

    async def _answer(self, model: str | None, messages: list[PromptMessage]) -> str:
        """Returns the answer of a model, by default of the default one. Leaves no response running at a time limit."""
        answer, model = Answer(), model or self._settings.catalog.default_id
        try:
            await self._models.stream(model, messages, answer, options=OPTIONS)
        except asyncio.CancelledError:
            if at := parsed(answer.position):
                await self._models.cancel(at)
            raise
        return "".join(answer.pieces)


def request(question: Message, reply: Message) -> list[PromptMessage]:
    """Returns the prompt: the conversation's beginning, as a text to name, so that the model does not continue it."""
    text = f"{question.content[:QUESTION_CHARS]}\n\n---\n\n{reply.content[:REPLY_CHARS]}"
    return [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": text}]


async def make_title(ctx: dict[Any, Any], session_id: str) -> None:
    """Names a session, as an arq job."""
    with structlog.contextvars.bound_contextvars(session_id=session_id):
        await ctx["titles"].make(session_id)
