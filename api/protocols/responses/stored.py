"""Finds the responses of users: a response is a turn, and those that follow each other are a session."""

from dataclasses import dataclass

from api.protocols.responses.errors import ResponseNotFound, ResponseRunning
from api.protocols.responses.ids import turn_of
from api.protocols.responses.items import items_of
from api.protocols.responses.objects import Object, Status, head_of, response_of
from api.protocols.responses.pages import ended
from api.stopping import Stopping
from chat import keys
from chat.client_requests import ClientMessage
from chat.endings import shown_of
from chat.errors import InvalidRequest, TurnRunning, UnknownMessage, UnknownSession, UnknownTurn
from chat.event_log import TurnLog
from chat.events import End, Error, Snapshot
from chat.files.files import Files
from chat.messages import Message, question_id, reply_id
from chat.sessions import Sessions
from chat.turn_record import Turn
from chat.turns import Turns

LOST = Error(
    code="turn_failed",
    content="The reply ended before its first word. How it ended is no longer known.",
    retryable=True,
)

NOT_STORED = (
    "The response named as previous_response_id was made with store false, and nothing can follow it. "
    "Send its messages as input instead."
)


@dataclass(frozen=True)
class StoredResponse:
    """`turn`: None once its log is gone. `reply`: None while it runs, and where nothing of it was kept.

    `is_direct`: its session is a direct one, which is removed `LOG_TTL` seconds after its last turn.
    """

    turn_id: str
    question: Message
    turn: Turn | None
    reply: Message | None
    is_direct: bool = False

    @property
    def session_id(self) -> str:
        return keys.session_of(self.turn_id)

    @property
    def is_running(self) -> bool:
        return bool(self.turn and not self.turn.is_over)

    @property
    def is_kept(self) -> bool:
        """Whether it can be retrieved: always, but one that was not to be stored only in the background or running."""
        echo = self.question.request.echo if self.question.request else {}
        return bool(echo.get("store", True) or echo.get("background") or self.is_running)

    @property
    def model(self) -> str:
        return (self.reply and self.reply.model) or (self.turn.model if self.turn else "")

    def head(self) -> Object:
        """Returns what does not change in the response."""
        return head_of(self.turn_id, self.model, self.question.request)

    def input_messages(self) -> list[ClientMessage]:
        """Returns what was asked; of a question of the page its text."""
        if self.question.request:
            return self.question.request.messages
        return [ClientMessage(role="user", content=self.question.content)]

    def as_object(self, so_far: Snapshot) -> Object:
        """Returns the response in the API's form. `so_far`: the output of one that runs."""
        if self.turn and self.is_running:
            running: Status = "in_progress" if self.turn.state == "running" else "queued"
            items = items_of(self.turn_id, self._unfinished(so_far))
            if self.turn.cancel:
                return response_of(self.head(), "cancelled", items.as_objects("incomplete"))
            return response_of(self.head(), running, items.as_objects("in_progress"))
        return ended(self.turn_id, self.head(), self._last(), self.reply)

    def _unfinished(self, so_far: Snapshot) -> Message:
        return Message(
            id=reply_id(self.turn_id),
            role="assistant",
            content=so_far.content,
            thinking=so_far.thinking or None,
            tool_calls=so_far.tool_calls or None,
            steps=so_far.steps or None,
        )

    def _last(self) -> End | Error:
        """Returns how the turn ended."""
        turn, reply = self.turn, self.reply
        if turn and turn.error_code:
            return Error(code=turn.error_code, content=turn.error_detail or "", retryable=turn.error_retryable)
        reason = turn.finish_reason if turn else None
        if reply and reply.finish_reason == "error":
            return Error(code=reply.error or "turn_failed", content="The reply broke off.", retryable=True)
        if reply and reply.finish_reason and reply.finish_reason != "error":
            reason = reply.finish_reason
        if turn and turn.state == "cancelled":
            reason = "cancelled"
        if reason is None:
            return LOST
        return End(session_id=self.session_id, finish_reason=reason, usage=reply.usage if reply else None)


class StoredResponses:
    """All raise `ResponseNotFound` for a response that is missing, or another user's."""

    def __init__(self, sessions: Sessions, turns: Turns, log: TurnLog, files: Files, stopping: Stopping) -> None:
        self._sessions = sessions
        self._turns = turns
        self._log = log
        self._files = files
        self._stopping = stopping

    async def find(self, user: str, name: str) -> StoredResponse:
        turn_id = turn_of(name)
        if turn_id is None:
            raise ResponseNotFound
        try:
            session = await self._sessions.get(user, keys.session_of(turn_id))
            turn = await self._turns.look(user, turn_id)
        except (UnknownSession, UnknownTurn):
            raise ResponseNotFound from None
        reply = await self._sessions.reply(turn_id) if turn is None or turn.is_over else None
        asked = (turn and turn.question) or (reply and reply.parent_id) or question_id(turn_id)
        question = await self._sessions.message(keys.session_of(turn_id), asked)
        if question is None:
            raise ResponseNotFound
        found = StoredResponse(turn_id, question, turn, reply, session.direct)
        if not found.is_kept:
            raise ResponseNotFound
        return found

    async def as_object(self, found: StoredResponse) -> Object:
        """Returns the response in the API's form, while it runs with its output so far."""
        nothing = Snapshot(content="")
        shown = await shown_of(self._log, found.turn_id) if found.is_running else None
        return found.as_object(shown.text if shown else nothing)

    async def to_follow(self, user: str, name: str) -> tuple[str, str]:
        """Returns the ids of the session and of the reply that the next response follows.

        Raises `ResponseRunning`, or `InvalidRequest` for a response of which no reply was kept, or that was not to be
        stored: what follows it would be removed with it.
        """
        found = await self.find(user, name)
        if found.is_direct:
            raise InvalidRequest(NOT_STORED, param="previous_response_id")
        if found.is_running:
            raise ResponseRunning(turn_id=found.turn_id)
        if found.reply is None:
            detail = "The response named as previous_response_id has no reply. Name the one before it."
            raise InvalidRequest(detail, param="previous_response_id")
        return found.session_id, found.reply.id

    async def cancel(self, user: str, name: str) -> StoredResponse:
        """Stops a response; one that has ended does not change. Returns it as it is then."""
        found = await self.find(user, name)
        if found.is_running:
            async with self._files.removing_of_turn(user, found.turn_id):
                await self._stopping.stop(user, found.turn_id)
            found = await self.find(user, name)
        return found

    async def delete(self, user: str, name: str) -> None:
        """Removes the question, its replies, and all that follow them. A session without messages goes, too.

        Raises `ResponseRunning` while a reply of the session runs.
        """
        found = await self.find(user, name)
        session_id = found.session_id
        try:
            async with self._files.removing(user, session_id):
                await self._sessions.branches.remove(user, session_id, found.question.id)
        except TurnRunning as error:
            raise ResponseRunning(**error.extra) from None
        except (UnknownMessage, UnknownSession):
            raise ResponseNotFound from None
        removed = dict[str, str]()
        if not (await self._sessions.history(user, session_id, 1)).messages:
            async with self._files.removing(user, session_id):
                removed = await self._sessions.delete(user, session_id)
        await self._stopping.drop_deleted(session_id, removed)
