"""Errors in metrics and traces never fail a turn."""

from typing import Any

import prometheus_client
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
    measured = attempt()
    measured.answered(NEGATIVE)
    measured.over()


@pytest.mark.parametrize("name", ["TOKENS", "MODEL_FIRST_TOKEN", "MODEL_ERRORS"])
def test_a_broken_metric_does_not_fail_the_attempt(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(metrics, name, Broken())
    measured = attempt()
    measured.first_text()
    measured.count(empty_reply())
    measured.answered(None)
    measured.over()


def test_each_request_is_counted_by_its_model_or_by_pieces() -> None:
    measured, pieces = attempt(), 0
    measured.pieces = lambda: pieces
    before = {by: counted(by) for by in ("model", "pieces")}
    for came, usage in ((3, Usage(completion_tokens=7)), (5, None), (2, Usage(completion_tokens=4))):
        with measured.model_request("m"):
            pieces += came
            measured.answered(usage)
    with measured.model_request("m"):
        pieces += 4  # cut off
    measured.over()
    assert {by: counted(by) - before[by] for by in before} == {"model": 11, "pieces": 9}


def test_an_answer_that_another_attempt_reads_on_is_not_counted() -> None:
    measured, before = attempt(), counted("pieces")
    with measured.model_request("m"):
        measured.pieces = lambda: 3
        measured.is_read_on = True
    measured.over()
    assert counted("pieces") == before


def counted(by: str) -> float:
    labels = {"model": metrics.OTHER_MODEL, "kind": "completion", "counted_by": by}
    return prometheus_client.REGISTRY.get_sample_value("holdfast_tokens_total", labels) or 0


def test_keyboard_interrupts_pass_through() -> None:
    with pytest.raises(KeyboardInterrupt), bookkeeping():
        raise KeyboardInterrupt
