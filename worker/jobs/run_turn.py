"""Runs one attempt at a turn and closes it."""

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from chat.approvals import Approvals
from chat.asks import Ask
from chat.circuits import Circuits
from chat.claims import made_at
from chat.continued import text_of, with_usage
from chat.endings import shown_of
from chat.event_log import LogWriter, LostTurn, TurnLog
from chat.events import End, Error
from chat.messages import Message
from chat.position import parsed
from chat.settings import Settings
from chat.store import RedisError
from chat.telemetry.traces import Traces
from chat.turn_record import Claimed, State, Turn
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from worker import metrics, turn_errors
from worker.jobs.attempt import Attempt
from worker.jobs.earlier import Kept, ago_of, kept_by
from worker.jobs.hand_backs import HandBacks
from worker.jobs.held_questions import HeldQuestions
from worker.jobs.isolation import Isolation, ProcessDied, Released
from worker.jobs.lease import claim_due
from worker.jobs.outcome import Answered, end_of, leaves_model_running, reply_for
from worker.jobs.parked_turns import ParkedTurns
from worker.jobs.prompts import Prompts
from worker.jobs.sources import Sources
from worker.jobs.stop_signals import StopSignals
from worker.jobs.titles import Titles
from worker.jobs.tool_replies import ToolReplies, name_of, with_missing
from worker.llm import failures, going_on
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.models import Models
from worker.llm.options import ReplyOptions
from worker.llm.prompt import PromptMessage, as_text
from worker.llm.step_prompt import with_steps
from worker.output.flusher import Flusher
from worker.output.relay import Relay, Stopped, TooSlow, within
from worker.tools.loop import Paused

logger = structlog.get_logger(__name__)


class _QuestionExpired(Exception):
    """Raised where the turn's question is not in the history any more."""


class TurnRunner:
    """Runs turns for one worker process."""

    def __init__(
        self,
        turns: Turns,
        log: TurnLog,
        settings: Settings,
        prompts: Prompts,
        tools: ToolReplies,
        approvals: Approvals,
        held_approvals: Approvals,
        models: Models,
        circuits: Circuits,
        flusher: Flusher,
        stops: StopSignals,
        titles: Titles,
        waiting: WaitingQuestions,
        traces: Traces,
        hand_backs: HandBacks,
        isolation: Isolation,
        parked: ParkedTurns,
    ) -> None:
        self._turns = turns
        self._log = log
        self._settings = settings
        self._prompts = prompts
        self._tools = tools
        self._approvals = approvals
        self._held_approvals = held_approvals
        self._models = models
        self._sources = Sources(models, circuits)
        self._flusher = flusher
        self._stops = stops
        self._titles = titles
        self._waiting = waiting
        self._traces = traces
        self._hand_backs = hand_backs
        self._isolation = isolation
        self._parked = parked

    async def run(self, turn_id: str, token: str, *, alone: bool = False) -> None:
        """Runs the turn as the claim `token`. Returns when it is closed or a newer claim owns it.

        `alone`: this process runs nothing else. Otherwise a turn that may be crashing its workers runs in a process of
        its own. Raises `LostTurn`, `redis.RedisError`, and what `Isolation.run` raises.
        """
        claimed, kept = await self._begin(turn_id, token, alone)
        turn = claimed.turn
        if turn is None:
            if claimed.status == "paused":  # a process of 0.1.0 queued it
                self._parked.note(turn_id)
            logger.info("turn_not_ours", status=claimed.status)
            return
        if not alone:
            self._traces.past("wait in queue", turn.trace, claim_due.get(), made_at(token))
        if claimed.status == "alone":
            return await self._run_isolated(turn_id, token)
        logger.info("turn_begun", attempt=turn.attempt, status=claimed.status, goes_on=kept is not None)
        writer = LogWriter(turn_id, token, turn.seq)
        if claimed.status == "begun":
            await self._run(turn, token, writer, claimed, kept)
        elif claimed.status == "cancelled":
            await self._close_unrun(claimed, turn, token, end_of(turn, "cancelled"))
        elif claimed.status == "expired":
            await self._close_unrun(claimed, turn, token, turn_errors.approval_expired())
        else:
            last = turn_errors.attempts_exhausted(self._settings.max_attempts)
            await self._close_unrun(claimed, turn, token, last)

    async def _run(self, turn: Turn, token: str, writer: LogWriter, claimed: Claimed, kept: Kept | None) -> None:
        """Runs an attempt that has begun, and closes the turn."""
        attempt = Attempt(turn, self._settings, self._traces, goes_on=kept is not None)
        base = claimed.continued
        relay = Relay(writer, self._flusher, attempt.first_text, turn.attempt, text_of(base) if base else None)
        if kept:
            relay.restore(kept.written.shown, kept.written.entries + 1, ago_of(turn))
        with metrics.RUNNING.track_inprogress(), attempt.span:
            try:
                state, last = await self._attempt(turn, claimed, attempt, relay, kept)
            except LostTurn:
                if await self._turns.get(turn.turn_id) is None:  # it was deleted, so no other attempt reads on
                    await self.stop_response(relay.position)
                raise
            except Paused as paused:
                return await self._pause(turn, token, relay, paused.asks, attempt)
            if isinstance(last, Error):
                attempt.span.fail(last.code)
            await self._close(turn, token, state, last, relay, Answered(attempt.model_id, attempt.persona_name, base))
            if leaves_model_running(last):
                await self.stop_response(relay.position)
        if state == "done":
            await self._titles.enqueue(turn.session_id)

    async def _begin(self, turn_id: str, token: str, alone: bool) -> tuple[Claimed, Kept | None]:
        """Begins an attempt. Also returns what it goes on with, if its model can continue an earlier one's text."""
        begin = partial(self._turns.begin, turn_id, token, messages=self._settings.context_messages + 1, alone=alone)
        claimed = await begin(earlier="ask")
        if claimed.status != "again" or claimed.turn is None:
            return claimed, None
        kept = await kept_by(claimed.turn, self._log, self._models.catalog)
        if not (kept and kept.reply):
            await self.stop_response(claimed.turn.position)
        return await begin(earlier="keep" if kept else "drop"), kept

    async def give_up(self, turn_id: str, token: str) -> None:
        """Ends a turn whose job cannot be run."""
        claimed = await self._turns.begin(turn_id, token, losses_allowed=0)
        if claimed.turn:
            await self._close_unrun(claimed, claimed.turn, token, turn_errors.job_lost())

    @asynccontextmanager
    async def handing_back(self, turn_id: str, token: str) -> AsyncIterator[None]:
        """Records how the turn was left, if the block ends before the turn is closed."""
        try:
            yield
        except (asyncio.CancelledError, LostTurn, RedisError, Released):
            await self._hand_backs.give(turn_id, token, "released")
            raise
        except ProcessDied:
            await self._hand_backs.give(turn_id, token, "died")
            raise

    async def _run_isolated(self, turn_id: str, token: str) -> None:
        await self._isolation.run(turn_id, token, partial(self._is_stopped, turn_id))
        turn = await self._turns.get(turn_id)
        if turn and turn.is_over:
            metrics.ENDED.labels(turn.state, turn.error_code or turn.finish_reason).inc()
        else:
            self._parked.note(turn_id)

    async def _is_stopped(self, turn_id: str) -> bool:
        """Returns whether the turn is stopped and not over yet; False if the store does not answer."""
        with contextlib.suppress(RedisError, OSError):
            turn = await self._turns.get(turn_id)
            return bool(turn and turn.cancel and not turn.is_over)
        return False

    async def _close_unrun(self, claimed: Claimed, turn: Turn, token: str, last: End | Error) -> None:
        """Closes a turn without another attempt. Its reply is the text that an earlier attempt showed."""
        shown = await shown_of(self._log, turn.turn_id)
        relay = Relay(LogWriter(turn.turn_id, token, turn.seq), self._flusher)
        relay.restore(shown.text)
        answered = Answered(shown.model, (await self._prompts.persona(turn)).name, claimed.continued)
        await self._close(turn, token, "failed" if isinstance(last, Error) else "cancelled", last, relay, answered)
        await self.stop_response(turn.position)

    async def stop_response(self, position: str) -> None:
        """Stops the response that the model makes in the background, if it does. Never fails."""
        if at := parsed(position):
            await self._models.cancel(at)

    async def _attempt(
        self, turn: Turn, claimed: Claimed, attempt: Attempt, relay: Relay, kept: Kept | None
    ) -> tuple[State, End | Error]:
        """Streams the reply into the log. Returns the turn's state and last event. Raises `LostTurn`, `RedisError`."""
        try:
            last = await self._stream(turn, claimed, attempt, relay, kept.reply if kept else None)
        except _QuestionExpired:
            return "failed", turn_errors.question_expired()
        except Stopped:
            return "cancelled", end_of(turn, "cancelled")
        except ModelFailure as failure:
            return "failed", turn_errors.of_model(failure)
        except TooSlow:
            return "failed", turn_errors.turn_timeout(self._settings.turn_timeout)
        except (RedisError, LostTurn, Paused):
            raise
        except Exception as error:
            _report(error)
            return "failed", turn_errors.internal_error()
        return "done", end_of(turn, last.finish_reason or "stop", last)

    async def _stream(
        self, turn: Turn, claimed: Claimed, attempt: Attempt, relay: Relay, reply: Continuation | None
    ) -> Delta:
        attempt.pieces = lambda: relay.pieces
        source = partial(self._answer, turn, claimed, attempt, reply)
        try:
            with self._stops.register(turn.turn_id, relay.look):
                last = await relay.run(source, self._settings.longest_attempt)
        except (asyncio.CancelledError, LostTurn, RedisError):
            at = parsed(relay.position)
            attempt.is_read_on = bool(at and at.response)
            raise
        finally:
            attempt.over()
        if failure := self._failure_without_text(last, relay):
            attempt.count(failure)
            raise failure
        return last

    async def _answer(
        self, turn: Turn, claimed: Claimed, attempt: Attempt, reply: Continuation | None, relay: Relay
    ) -> Delta:
        """Reads the prompt, then asks the model. A stop, or the end of the turn's time, ends both."""
        history = [Message.from_json(text) for text in claimed.history]
        if not history or history[-1].id != turn.question:
            raise _QuestionExpired
        base, question = claimed.continued, history[-1]
        if turn.continues and not base:  # it was dropped, or has expired
            raise _QuestionExpired
        persona = await self._prompts.persona(turn)
        attempt.persona_name = persona.name
        offered = await self._tools.offered(turn, question, persona.tools)
        form = with_steps(name_of) if offered.tools else as_text
        prompt = with_missing(await self._prompts.build(turn, persona, claimed.settings, history, form), offered)
        options = ReplyOptions.of_question(turn.thinking, claimed.settings, question.request)
        if base:
            prompt, options = await self._tools.after_steps_of(turn, base, prompt, options)

        def ask(messages: list[PromptMessage], options: ReplyOptions, is_first: bool = True) -> going_on.Ask:
            goes_on = reply if is_first else None
            source = self._sources.of(turn.model, messages, options, attempt, reply=goes_on, base=base)
            return within(self._settings.turn_timeout, source)

        # The steps of an earlier attempt count, although no server may be there now; those of a continued reply do not.
        if offered.tools or (relay.steps and not turn.continues):
            held = HeldQuestions(self._held_approvals, self._turns, turn.turn_id, relay.writer.token)
            allowed, trace = claimed.allowed_tools, attempt.span.context
            loop = self._tools.loop(turn, offered, prompt, options, ask, allowed, held, history, trace)
            return await loop.run(relay)
        return await ask(prompt, options)(relay)

    async def _pause(self, turn: Turn, token: str, relay: Relay, asks: Sequence[Ask], attempt: Attempt) -> None:
        """Has the turn wait for the user without a worker."""
        self._parked.note(turn.turn_id)
        parked = await self._approvals.park(turn.turn_id, token, relay.writer.seq, asks)
        logger.info("turn_paused", status=parked.status, questions=len(asks))
        if parked.status == "stopped":
            answered = Answered(attempt.model_id, attempt.persona_name)
            await self._close(turn, token, "cancelled", end_of(turn, "cancelled"), relay, answered)

    def _failure_without_text(self, last: Delta, relay: Relay) -> ModelFailure | None:
        """Returns the failure of a reply without text and calls; None if it was filtered, or cut at our own limit."""
        is_cut_here = len(relay.thinking) >= self._settings.max_reply_chars
        if relay.text.strip() or relay.calls or relay.steps or last.finish_reason == "content_filter" or is_cut_here:
            return None
        is_cut = relay.thinking and last.finish_reason == "length"
        return failures.only_thoughts() if is_cut else failures.empty_reply()

    async def _close(
        self, turn: Turn, token: str, state: State, last: End | Error, relay: Relay, answered: Answered
    ) -> None:
        last = with_usage(last, answered.base) if answered.base else last
        reply = reply_for(turn, last, relay, answered)
        if reply:
            last = last.model_copy(update={"message_id": reply.id})
        outcome = last.code if isinstance(last, Error) else last.finish_reason
        with self._traces.span("close turn", turn.trace, holdfast__state=state, holdfast__outcome=outcome):
            following = await self._turns.close(turn, token, state, last, reply, relay.events)
        if following:
            await self._waiting.begin(following)
        metrics.ENDED.labels(state, outcome).inc()
        logger.info("turn_closed", state=state, outcome=outcome, characters=len(relay.text))


def _report(error: Exception) -> None:
    """Logs where the error was raised, but not its message, which may quote the conversation."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("turn_broke", error=type(error).__name__, place=f"{place.filename}:{place.lineno}")
