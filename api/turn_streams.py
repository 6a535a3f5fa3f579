"""Starts the streams of turns: takes a slot, finds out how far the turn is, and makes the response."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import NamedTuple

from fastapi import Response

from api.opening import Opening
from api.streaming import cursor
from api.streaming.cursor import Cursor
from api.streaming.event_stream import LIVE, OWN, EventStream, Pace, StreamHeartbeat, Style
from api.streaming.feed import Feed
from api.streaming.follow import RETRY_SECONDS, Follower
from api.streaming.open_streams import OpenStreams, StreamSlot
from api.streaming.pauses import with_pauses
from api.streaming.sse import Frame
from api.turn_schemas import TurnRequest
from chat import keys
from chat.asks import Ask
from chat.errors import TooManyStreams, UnknownTurn
from chat.messages import Message
from chat.store import RedisError
from chat.telemetry.traces import Traces
from chat.turn_record import Turn, look_call
from chat.turns import Turns

OUTAGE_SECONDS = 30
"""How long a reconnect waits for an unreachable store before it fails."""


class Form(NamedTuple):
    """How a stream looks: `change` makes the frames of another protocol of ours.

    `pauses`: it gets a frame of the kind `PAUSED` where the turn waits for its user.
    """

    style: Style = OWN
    change: Callable[[AsyncGenerator[list[Frame]]], AsyncGenerator[list[Frame]]] | None = None
    pauses: bool = False


OWN_FORM = Form()


class TurnStreams:
    """Answers readers of turns. A stream has a slot of its user's limit from before its response until its end."""

    def __init__(
        self,
        *,
        turns: Turns,
        opening: Opening,
        streams: OpenStreams,
        feed: Feed,
        follower: Follower,
        heartbeat: StreamHeartbeat,
        traces: Traces,
    ) -> None:
        self._turns = turns
        self._opening = opening
        self._streams = streams
        self._feed = feed
        self._follower = follower
        self._heartbeat = heartbeat
        self._traces = traces

    async def enter(self, user: str, session_id: str, *, returns: bool = False) -> StreamSlot:
        """Takes a slot, which `respond` keeps and `leave` releases. Raises `TooManyStreams`.

        `returns`: the reader may have lost its connection to this session just before, as in `OpenStreams.enter`.
        """
        return _taken(await self._streams.enter(user, session_id, returns=returns))

    def leave(self, slot: StreamSlot) -> None:
        """Releases a slot whose stream does not begin."""
        self._streams.leave(slot)

    def respond(
        self,
        at: Cursor,
        slot: StreamSlot,
        trace: str,
        link: str = "",
        asked: TurnRequest | None = None,
        pace: Pace = LIVE,
        form: Form = OWN_FORM,
    ) -> EventStream:
        """Returns the response that streams what follows the cursor.

        `trace`, `link`: the traces of the turn and of the request. `asked`: the question in the request's URL.
        """
        if pace.wait is None:
            batches = self._follower.follow(at.turn_id, at.seq)
        else:
            batches = self._follower.follow_for(at.turn_id, at.seq, pace.wait)
        if form.pauses:
            batches = with_pauses(batches, partial(self._open_asks, at.turn_id))
        if form.change:
            batches = form.change(batches)
        before_end = partial(self._opening.note_end_read, asked, at.turn_id) if asked else None
        span = self._traces.span(
            "follow turn", trace, "server", link, holdfast__turn_id=at.turn_id, holdfast__after=at.seq
        )
        return EventStream(batches, self._streams.held(slot), span, self._heartbeat, before_end, pace, form.style)

    async def _open_asks(self, turn_id: str, seq: int) -> list[Ask]:
        """Returns what a turn asks that waits without a worker and has written nothing after event `seq`.

        Waits for an unreachable store, until this process shuts down.
        """
        while not self._feed.is_closing:
            try:
                turn = await self._turns.get(turn_id)
            except RedisError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            waits = turn is not None and turn.is_paused and turn.seq == seq
            return [ask for ask in turn.asked.unanswered if not ask.held] if turn and waits else []
        return []

    async def wait(self, turn_id: str, slot: StreamSlot) -> Frame | None:
        """Waits for the turn's end. Returns its last event; None where this process shuts down before.

        Keeps nothing of the reply, which is in the history then: `reply` reads it.
        """
        with self._streams.held(slot):
            async with aclosing(self._follower.follow(turn_id, 0)) as batches:
                async for batch in batches:
                    if batch[-1].is_terminal:
                        return batch[-1]
        return None

    async def reply(self, turn_id: str) -> Message | None:
        """Returns the stored reply of a turn; None if nothing of it was kept."""
        return await self._follower.reply(turn_id)

    async def resume(
        self,
        user: str,
        at: Cursor,
        link: str,
        asked: TurnRequest | None = None,
        pace: Pace = LIVE,
        form: Form = OWN_FORM,
    ) -> Response:
        """Streams the rest of the turn, or answers 204 if there is none.

        `link` and `asked` as in `respond`. Waits up to `OUTAGE_SECONDS` for an unreachable store, because an
        EventSource never reconnects after an error response.
        """
        until = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                return await self._resume(user, at, link, asked, pace, form)
            except RedisError:
                if time.monotonic() > until or self._feed.is_closing:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    async def _resume(
        self, user: str, at: Cursor, link: str, asked: TurnRequest | None, pace: Pace, form: Form
    ) -> Response:
        if at.seq == 0:
            slot, turn = await self._enter_and_look(user, at)
        else:
            turn = await self._known_turn(at, await self._turns.look(user, at.turn_id))
            if _is_fully_read(turn, at):
                if asked:
                    await self._opening.note_end_read(asked, at.turn_id)
                return Response(status_code=204)
            slot = await self._streams.enter(user, keys.session_of(at.turn_id), returns=True)
        return self.respond(at, _taken(slot), turn.trace if turn else "", link, asked, pace, form)

    async def _enter_and_look(self, user: str, at: Cursor) -> tuple[StreamSlot | None, Turn | None]:
        """Takes a stream slot and looks up the turn in one round trip.

        Only for a reader that has read nothing: it never gets a 204, so its slot is needed if the turn exists.
        """
        look = look_call(user, at.turn_id)
        slot, turn = await self._streams.enter_and_run(user, keys.session_of(at.turn_id), look)
        try:
            return slot, await self._known_turn(at, turn)
        except BaseException:
            self._streams.leave(slot)
            raise

    async def _known_turn(self, at: Cursor, turn: Turn | None) -> Turn | None:
        """Returns the turn; None if it is gone but its reply or its idempotency record remains. Raises `UnknownTurn`.

        The record remains when the history was cleared: a client that repeats its question gets the turn's id and its
        end.
        """
        if turn is None and at.seq != cursor.MAX_SEQ and await self._follower.reply(at.turn_id) is None:
            if not await self._turns.was_asked_for(at.turn_id):
                raise UnknownTurn
        return await self._opening.ensure_queued(turn)


def _taken(slot: StreamSlot | None) -> StreamSlot:
    if slot is None:
        raise TooManyStreams
    return slot


def _is_fully_read(turn: Turn | None, at: Cursor) -> bool:
    """Tells whether the cursor is at the end of an ended turn."""
    if turn is None:
        return at.seq == cursor.MAX_SEQ
    return turn.is_over and at.seq == turn.seq
