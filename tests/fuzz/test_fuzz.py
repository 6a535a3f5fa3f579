"""Some hundred requests generated from the OpenAPI document pass every check of schemathesis."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.fuzzing import SHORT_PHASES, Outcome, fuzz, unlimited
from tests.support.databases import database


@pytest.mark.timeout(300)
async def test_generated_requests_get_described_responses_and_no_error(redis_url: str, tmp_path: Path) -> None:
    async with unlimited(database(redis_url), tmp_path) as stack:
        outcome = await fuzz(stack, tmp_path, 1, SHORT_PHASES, seed=1)
    assert not outcome.faults(200), outcome.output
    assert {"200", "404", "422"} <= set(outcome.statuses)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"cases": 4999}, "4999 cases were tried, and at least 5000 are required"),
        ({"is_clean": False}, "a check failed, see the output above"),
        ({"streams": 0}, "no event stream was read"),
        ({"errors": ['{"level": "error"}']}, '{"level": "error"}'),
    ],
)
def test_a_run_that_is_too_short_or_unclean_fails(changed: dict[str, Any], fault: str) -> None:
    good = Outcome(5000, is_clean=True, statuses=Counter(), streams=1, errors=[], output="")
    assert good.faults(5000) == []
    assert replace(good, **changed).faults(5000) == [fault]
