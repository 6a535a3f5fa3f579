"""What nobody thought of: some hundred cases made from the OpenAPI document, with every check on."""

from pathlib import Path

import pytest

from tests.fuzz.fuzzing import fuzz, unlimited
from tests.support.databases import database


@pytest.mark.timeout(300)
async def test_no_case_finds_an_error_or_an_answer_that_is_not_described(redis_url: str, tmp_path: Path) -> None:
    async with unlimited(database(redis_url), tmp_path) as stack:
        outcome = await fuzz(stack, tmp_path, examples=12)
        errors = [line for line in stack.logs().splitlines() if '"level": "error"' in line]
    assert outcome.is_clean, outcome.told
    assert outcome.cases > 300, outcome.told
    assert outcome.streams > 0
    assert {"200", "404", "422"} <= set(outcome.statuses)
    assert not errors
