"""Questions that wait in a session until the reply before them has ended."""

import structlog

from chat import keys
from chat.errors import UnknownSession, UnknownTurn
from chat.messages import Message, question_id
from chat.open_turns import note_call
from chat.queue import Queue
from chat.settings import Settings
from chat.store import Redis, RedisError, Script, ScriptCall, run
from chat.store.errors import note
from chat.stored_bytes import SessionSize
from chat.takeover import take_over
from chat.turns import Turns
from chat.waiting_errors import NotWaiting

ADVANCE = Script("advance")
REWORD = Script("reword")

logger = structlog.get_logger(__name__)


class WaitingQuestions:
    """Opens, changes and removes waiting questions. The end of a turn opens the next one (`close.lua`)."""

    def __init__(self, store: Redis, settings: Settings, turns: Turns, queue: Queue) -> None:
        self._store = store
        self._settings = settings
        self._turns = turns
        self._queue = queue

    async def begin(self, turn_id: str) -> None:
        """Queues a turn that the end of another has opened, and counts its bytes. A sweep queues it if this fails."""
        try:
            await self._queue.put(turn_id)
        except RedisError as error:
            logger.warning("turn_not_queued", turn_id=turn_id, error=note(error))
        try:
            await self._count(keys.session_of(turn_id))
        except RedisError as error:  # the session's next question corrects the count
            logger.info("bytes_not_counted", turn_id=turn_id, error=note(error))

    async def _count(self, session_id: str) -> None:
        fields = await self._store.execute_command("HMGET", keys.session(session_id), "user_id", "revision", "bytes")
        user_id, revision, size = fields
        if user_id:
            counted = SessionSize(user_id, session_id, int(revision or 0), int(size or 0))
            await self._turns.stored.opened(counted, has_record=True)

    async def advance(self, session_id: str) -> None:
        """Opens the session's next question, if its last turn ended without doing so, and queues it."""
        await self._advance("", session_id, resume=False)

    async def resume(self, user_id: str, session_id: str) -> str | None:
        """Ends the pause of the session's questions. Returns the turn that was opened; None if none waits.

        Raises `UnknownSession`.
        """
        if not keys.is_session_id(session_id):
            raise UnknownSession
        turn_id = await self._advance(user_id, session_id, resume=True)
        if turn_id is None:
            raise UnknownSession
        return turn_id or None

    async def _advance(self, user_id: str, session_id: str, *, resume: bool) -> str | None:
        first: str | None = await self._store.execute_command("LINDEX", keys.waiting(session_id), 0)
        if first:  # before it is opened, so that a sweep finds it if this process dies
            await run(self._store, note_call(first))
        settings = self._settings
        kept = settings.running_ttl, settings.keep_history, settings.keep_session
        names = (*keys.history(session_id), keys.turns(session_id))
        call = ScriptCall(ADVANCE, names, (user_id, int(resume), settings.legacy_messages, *kept), _text)
        while (turn_id := await run(self._store, call)) == "not_taken_over":
            await take_over(self._store, settings, session_id)
        if turn_id:
            await self._turns.follow(turn_id)
            await self.begin(turn_id)
        return turn_id

    async def reword(self, user_id: str, turn_id: str, text: str) -> None:
        """Replaces the text of a waiting question, which keeps its files.

        Raises `UnknownTurn`, or `NotWaiting` once it is asked.
        """
        if not keys.is_turn_id(turn_id):
            raise UnknownTurn
        asked = await self._store.execute_command("HGET", keys.turn(turn_id), "message")
        files = Message.from_body(asked).attachments if asked else None
        message = Message(id=question_id(turn_id), role="user", content=text, attachments=files, turn_id=turn_id)
        names = (keys.session(keys.session_of(turn_id)), keys.turn(turn_id))
        answer = await run(self._store, ScriptCall(REWORD, names, (user_id, message.body()), int))
        if answer < 0:
            raise UnknownTurn
        if not answer:
            raise NotWaiting

    async def discard(self, user_id: str, session_id: str) -> list[str]:
        """Stops all waiting turns of the user's session. Returns their ids."""
        turn_ids: list[str] = await self._store.execute_command("LRANGE", keys.waiting(session_id), 0, -1)
        stopped = list[str]()
        for turn_id in turn_ids:
            try:
                if (await self._turns.cancel(user_id, turn_id, only="waiting")).is_new:
                    stopped.append(turn_id)
            except UnknownTurn:  # it has expired
                await self._store.execute_command("LREM", keys.waiting(session_id), 1, turn_id)
        return stopped


def _text(answer: str | None) -> str | None:
    return answer
