"""Questions of tools to the user (elicitation), in both forms of the protocol. Pure.

Since 2026-07-28 a call ends with `input_required`, and is repeated with the answers. Before, the server asks while the
call runs. Only questions by a form are passed on: Holdfast does not send users to addresses that a tool chooses.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    InputRequiredResult,
    InputResponses,
)

from worker.tools.calls import InputAnswer, InputNeeded, InputRequest

MESSAGE_CHARS = 4000
FORMS = 10
"""Questions of one round of a call."""

FORM_CHARS = 65_536
"""Characters of a form, and of a server's state with all ids: the store has the state once with each question."""


class Unsupported(Exception):
    """Raised where a tool asks for what Holdfast does not give: the model's sampling, the user's folders, too much."""


@dataclass(frozen=True)
class Round:
    """What a repeated call carries: the answers, and the server's own state."""

    answers: InputResponses | None = None
    state: str | None = None


def needed(result: InputRequiredResult) -> InputNeeded:
    """Returns the questions for the user; none, where all can be cancelled for them. Raises `Unsupported`."""
    forms, unasked = list[InputRequest](), list[str]()
    for key, request in (result.input_requests or {}).items():
        if not isinstance(request, ElicitRequest):
            raise Unsupported
        if form := question(key, request.params):
            forms.append(form)
        else:
            unasked.append(key)
    state = json.dumps({"state": result.request_state, "unasked": unasked})
    if len(forms) > FORMS or len(state) + sum(len(form.id) for form in forms) > FORM_CHARS:
        raise Unsupported
    return InputNeeded(forms, state)


def question(key: str, params: ElicitRequestParams) -> InputRequest | None:
    """Returns the question with its form; None for one that sends the user to an address, or has too large a form."""
    if isinstance(params, ElicitRequestFormParams) and len(json.dumps(params.requested_schema)) <= FORM_CHARS:
        return InputRequest(key, params.message[:MESSAGE_CHARS], params.requested_schema)
    return None


def next_round(state: str | None, answers: Mapping[str, InputAnswer]) -> Round:
    """Returns what the repeated call carries. `state`: of `InputNeeded`, or None for a first call."""
    if state is None:
        return Round()
    kept = json.loads(state)
    responses = InputResponses({key: ElicitResult(action="cancel") for key in kept["unasked"]})
    responses |= {key: result_of(answer) for key, answer in answers.items()}
    return Round(responses or None, kept["state"])


def result_of(answer: InputAnswer) -> ElicitResult:
    """Returns the answer in the protocol's form."""
    content = dict(answer.content or {}) if answer.action == "accept" else None
    return ElicitResult(action=answer.action, content=content)
