"""Metrics and traces beside a turn never fail it."""

from typing import Any

import pytest

from chat.messages import Usage
from chat.settings import Settings
from chat.telemetry.traces import Traces
from chat.turns import Turn
from worker import metrics
from worker.jobs.attempt import Attempt
from worker.jobs.bookkeeping import bookkeeping
from worker.llm.failures import empty_reply

NEGATIVE = Usage(prompt_tokens=1, completion_tokens=-35, total_tokens=-34)


class Broken:
    """A metric of which nothing works."""

    def labels(self, *_: Any) -> None:
        raise RuntimeError


def attempt() -> Attempt:
    turn = Turn(turn_id="t", state="running", attempt=1, seq=1, persona="p", model="m", question="q", created_at=0)
    return Attempt(turn, Settings(), Traces())


def test_counts_that_cannot_be_do_not_fail_the_attempt() -> None:
    attempt().over(NEGATIVE, pieces=3)


@pytest.mark.parametrize("name", ["TOKENS", "MODEL_FIRST_TOKEN", "MODEL_ERRORS"])
def test_a_broken_metric_does_not_fail_the_attempt(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(metrics, name, Broken())
    told = attempt()
    told.first_text()
    told.count(empty_reply())
    told.over(None, pieces=3)


def test_what_ends_a_process_passes() -> None:
    with pytest.raises(KeyboardInterrupt), bookkeeping():
        raise KeyboardInterrupt
