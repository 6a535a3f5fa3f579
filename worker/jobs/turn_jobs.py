"""The arq jobs of turns."""

from typing import Any

import arq
import structlog

from chat.event_log import LostTurn
from chat.store import RedisError
from chat.store.errors import note
from worker.jobs.isolation import Occupied, ProcessDied, Released
from worker.jobs.lease import claim_token
from worker.jobs.run_turn import TurnRunner

GIVEN_BACK = (RedisError, LostTurn, Occupied, Released, ProcessDied)
"""Errors that end a job whose turn gets another attempt."""

logger = structlog.get_logger(__name__)


async def stop_response(ctx: dict[Any, Any], position: str) -> None:
    """Stops a background response whose turn was ended without a worker, as an arq job."""
    await ctx["runner"].stop_response(position)


async def run_turn(ctx: dict[Any, Any], turn_id: str) -> None:
    """Runs a turn, as an arq job.

    Releases the job for another attempt when this worker stops, when the store is unreachable or lost what was written,
    or when the process that ran the turn alone has ended. Releasing a job that a newer claim owns does nothing.
    """
    runner: TurnRunner = ctx["runner"]
    token = claim_token.get()
    with structlog.contextvars.bound_contextvars(turn_id=turn_id):
        try:
            async with runner.handing_back(turn_id, token):
                await runner.run(turn_id, token)
        except GIVEN_BACK as error:
            logger.warning("turn_given_back", error=note(error))
            raise arq.Retry(defer=1) from error  # arq needs a delay, but `GIVE_BACK_MS` sets it
