"""Errors in metrics and traces never fail a turn."""

from typing import Any

import pytest

from chat.settings import Settings
from chat.telemetry.traces import Traces
from chat.turn_record import Turn
from chat.usage import Usage
from worker import metrics
from worker.jobs.attempt import Attempt
from worker.jobs.bookkeeping import bookkeeping
from worker.llm.failures import empty_reply

NEGATIVE = Usage(prompt_tokens=1, completion_tokens=-35, total_tokens=-34)


class Broken:
    """A metric that raises whenever it is used."""

    def labels(self, *_: Any) -> None:
        raise RuntimeError


def attempt() -> Attempt:
    turn = Turn(turn_id="t", state="running", attempt=1, seq=1, persona="p", model="m", question="q", created_at=0)
    return Attempt(turn, Settings(), Traces())


def test_negative_token_counts_do_not_fail_the_attempt() -> None:
    attempt().over(NEGATIVE, pieces=3)


@pytest.mark.parametrize("name", ["TOKENS", "MODEL_FIRST_TOKEN", "MODEL_ERRORS"])
def test_a_broken_metric_does_not_fail_the_attempt(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(metrics, name, Broken())
    measured = attempt()
    measured.first_text()
    measured.count(empty_reply())
    measured.over(None, pieces=3)


def test_keyboard_interrupts_pass_through() -> None:
    with pytest.raises(KeyboardInterrupt), bookkeeping():
        raise KeyboardInterrupt
