"""Writes what a turn asks as interrupts of a run, and reads the answers. Pure.

Source: https://docs.ag-ui.com/concepts/interrupts.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from api.approval_schemas import ApprovalRequest
from api.protocols.ag_ui.calls import call_id, reply_of
from api.protocols.ag_ui.schemas import AgResume, RunInput
from api.protocols.approvals import Given, name_of
from chat.approval_errors import InvalidInput
from chat.asks import MAX_NOTE_CHARS, Answer, Ask
from chat.errors import InvalidRequest

DECISION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "note": {"type": "string", "maxLength": MAX_NOTE_CHARS, "description": "A word to the model."},
    },
    "required": ["approved"],
    "additionalProperties": False,
}
"""The JSON schema of the answer to the question whether a tool may be called."""


class Decision(BaseModel):
    """An answer as `DECISION` describes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    approved: bool
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE_CHARS)] | None = None


def interrupt_of(turn_id: str, reply: str, ask: Ask) -> dict[str, Any]:
    """Returns the interrupt of an ask. `reply`: the id of the turn's reply."""
    asked = ask.kind == "call"
    interrupt: dict[str, Any] = {
        "id": name_of(reply, ask),
        "reason": "tool_call" if asked else "input_required",
        "message": f"Call {ask.title or ask.name} of {ask.server_title or ask.server}?" if asked else ask.message or "",
        "toolCallId": call_id(reply, ask.index),
        "responseSchema": DECISION if asked else ask.form or {},
        "metadata": {"holdfast": {"turnId": turn_id, "approvalId": ask.id, "server": ask.server}},
    }
    if ask.until:
        interrupt["expiresAt"] = datetime.fromtimestamp(ask.until, UTC).isoformat()
    return interrupt


def answers_of(body: RunInput) -> list[Given]:
    """Returns the answers of a run, [] for a run without any.

    Raises `InvalidRequest` for one that has a new question as well: the reply that asked goes on, and no other is made.
    """
    given = body.resume or []
    replies = {each.interrupt_id.rpartition(".a")[0] for each in given}
    asked = [at for at, each in enumerate(body.messages) if reply_of(each.id) in replies]
    if asked and any(each.role == "user" for each in body.messages[asked[-1] :]):
        raise InvalidRequest("Send answers in resume without a new message: the reply goes on with them.")
    return [Given(each.interrupt_id, partial(_answer, each)) for each in given]


def _answer(given: AgResume, ask: Ask) -> Answer:
    """Raises `InvalidInput`."""
    if given.status == "cancelled":
        return ApprovalRequest(id=ask.id, decision="deny").answer_to(ask)
    if ask.kind == "input":
        if not isinstance(given.payload, dict):
            raise InvalidInput
        return ApprovalRequest(id=ask.id, decision="allow", content=given.payload).answer_to(ask)
    try:
        decision = Decision.model_validate(given.payload)
    except ValidationError:
        raise InvalidInput("The payload needs approved, true or false, and may have a note, a text.") from None
    allowed = "allow" if decision.approved else "deny"
    return ApprovalRequest(id=ask.id, decision=allowed, note=decision.note).answer_to(ask)
