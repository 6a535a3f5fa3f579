"""What a tool may ask its user."""

import pytest
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

from worker.tools.questions import FORM_CHARS, FORMS, Unsupported, needed


def round_of(forms: int, state: str = "", description: str = "") -> InputRequiredResult:
    schema = {"type": "object", "properties": {}, "description": description}
    asked = ElicitRequest(params=ElicitRequestFormParams(message="m", requested_schema=schema))
    return InputRequiredResult(input_requests={str(number): asked for number in range(forms)}, request_state=state)


def test_as_many_questions_as_allowed_are_asked() -> None:
    assert len(needed(round_of(FORMS)).requests) == FORMS


@pytest.mark.parametrize("asked", [round_of(FORMS + 1), round_of(1, "x" * FORM_CHARS)])
def test_too_many_questions_or_too_large_a_state_end_the_call(asked: InputRequiredResult) -> None:
    with pytest.raises(Unsupported):
        needed(asked)


def test_a_form_that_is_too_large_is_not_asked() -> None:
    assert needed(round_of(1, description="x" * FORM_CHARS)).requests == []
