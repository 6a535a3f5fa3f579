"""Questions to the user about calls of tools, and the answers, as a turn's hash has them. No I/O."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field

from chat.sparse import Sparse
from chat.tool_calls import Approval, ServerCall

MAX_NOTE_CHARS = 500
"""Characters of the user's word to the model."""

DIGEST_DIGITS = 16

AnswerState = Literal["allowed", "allowed_session", "denied", "answered", "expired"]


class Ask(Approval):
    """An approval that was asked for, with the call that it is about.

    The fields of the call as in `ServerCall`; `arguments` in full, because the user decides by them. `request`,
    `request_state`: what the server of a question of kind "input" wants back with the answer; readers do not get them.
    `round`: how often the call had ended with questions before.
    `stored`: its JSON as the store has it. `revision` depends on all that the user decides by, the call included: a
    reply that is made again may ask something else under the same id.
    """

    server: str
    server_title: str | None = None
    name: str
    title: str | None = None
    arguments: str
    request: str | None = None
    request_state: str | None = None
    round: int = 0
    stored: str = Field("", exclude=True)

    @classmethod
    def of(cls, approval: Approval, call: ServerCall) -> Self:
        about = call.model_dump(include={"server", "server_title", "name", "title", "arguments"})
        fields = {**approval.model_dump(), **about}
        return cls(**fields, revision=_digest(fields))

    def is_shown_as(self, revision: str | None) -> bool:
        """Whether an answer may be one to this. None: of a client that does not say which question it has shown."""
        return revision is None or revision == self.revision

    @property
    def tool(self) -> str:
        """The tool's name as `server/tool`."""
        return f"{self.server}/{self.name}"

    def is_about(self, call: ServerCall) -> bool:
        """Whether an answer to this counts for the call.

        It does not where the reply was made again and its call of this number is another one.
        """
        return (self.server, self.name, self.arguments) == (call.server, call.name, call.arguments)

    def approval(self) -> Approval:
        """Returns the approval without the call."""
        return Approval.model_validate(self.model_dump(include=set(Approval.model_fields)))

    def answered(self, answer: "Answer") -> Approval:
        """Returns the approval after an answer to this."""
        fields = self.model_dump(include={"id", "index", "kind", "held", "message", "revision"})
        return Approval(**fields, state=answer.state, note=answer.note)


class Answer(Sparse):
    """The answer to an `Ask`. `note`: the user's word to the model. `content`: what the user has put into the form."""

    state: AnswerState
    note: str | None = None
    content: dict[str, Any] | None = None

    def encode(self) -> str:
        """Returns its JSON, which is the same for the same answer."""
        return json.dumps(self.model_dump(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Asked(NamedTuple):
    """All that a turn has asked its user, and the answers so far, both by the id of the approval."""

    asks: Mapping[str, Ask]
    answers: Mapping[str, Answer]

    @property
    def unanswered(self) -> list[Ask]:
        return [ask for name, ask in self.asks.items() if name not in self.answers]


NOTHING_ASKED = Asked({}, {})


def _digest(fields: Mapping[str, Any]) -> str:
    text = json.dumps(fields, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


def answers_of(fields: Mapping[str, str]) -> Asked:
    """Reads the asks and answers from the fields of a turn's hash."""
    names = fields.get("asks", "").split()
    found = {name: fields[f"ask:{name}"] for name in names if f"ask:{name}" in fields}
    asks = {name: Ask.model_validate_json(text).model_copy(update={"stored": text}) for name, text in found.items()}
    given = {name: fields.get(f"answer:{name}") for name in asks}
    return Asked(asks, {name: Answer.model_validate_json(text) for name, text in given.items() if text})
