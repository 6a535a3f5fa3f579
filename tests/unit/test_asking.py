"""The wait before a repeated model request grows, is bounded, and follows the server's Retry-After."""

from math import inf

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.llm.failures import ModelFailure, of_exception
from worker.llm.tries import FIRST_WAIT, LONGEST_WAIT, wait_before


@given(st.integers(1, 60), st.none() | st.floats(0, inf))
def test_any_wait_lies_between_zero_and_the_longest(attempt: int, retry_after: float | None) -> None:
    assert 0 <= wait_before(attempt, retry_after) <= LONGEST_WAIT


@given(st.integers(1, 5))
def test_a_wait_without_retry_after_doubles_with_jitter(attempt: int) -> None:
    middle = FIRST_WAIT * 2 ** (attempt - 1)
    assert 0.8 * middle <= wait_before(attempt, None) <= 1.2 * middle


@given(st.integers(1, 5), st.floats(0, LONGEST_WAIT))
def test_a_retry_after_within_the_bound_is_the_wait(attempt: int, retry_after: float) -> None:
    assert wait_before(attempt, retry_after) == retry_after


@pytest.mark.parametrize(
    "sent", ["0", "1.5", "20", "1000", "inf", "-5", "nan", "", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"]
)
def test_any_retry_after_header_gives_a_wait_within_the_bounds(sent: str) -> None:
    request = httpx2.Request("POST", "http://model")
    response = httpx2.Response(429, headers={"retry-after": sent}, request=request)
    failure = of_exception(openai.RateLimitError("busy", response=response, body=None))
    assert isinstance(failure, ModelFailure)
    wait = wait_before(1, failure.retry_after)
    assert 0 <= wait <= LONGEST_WAIT
