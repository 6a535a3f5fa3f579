"""Schemas of what turns ask their users about calls of tools, and of the answers."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas import EXAMPLE_TURN
from chat.approval_errors import InvalidInput, NotAForm, OnlyOnce
from chat.ask_forms import check_input
from chat.asks import MAX_NOTE_CHARS, Answer, AnswerState, Ask
from chat.tool_calls import ApprovalKind

Decision = Literal["allow", "allow_session", "deny"]

STATES: dict[Decision, AnswerState] = {"allow": "allowed", "allow_session": "allowed_session", "deny": "denied"}


class ApprovalView(BaseModel):
    """What a turn asks: whether a tool may be called (`call`), or for what the tool wants to know (`input`).

    `until`: when this expires, in seconds since the epoch; then the reply ends, but with `held` only the tool goes on
    without an answer. `index` is the number of the call in the reply, whose tool `server` has under `name`, for people
    `title` and `server_title`; `arguments` are as the model wrote them. `message` and `form`, the JSON schema of an
    object, come from the tool server. `revision` belongs into the answer.
    """

    id: str = Field(examples=["0"])
    index: int = Field(ge=0)
    kind: ApprovalKind
    until: float
    held: bool | None
    server: str = Field(examples=["files"])
    server_title: str | None = Field(examples=["Files"])
    name: str = Field(examples=["delete_file"])
    title: str | None = Field(examples=["Delete a file"])
    arguments: str = Field(examples=['{"path": "/tmp/a"}'])
    message: str | None
    form: dict[str, Any] | None
    revision: str | None = Field(examples=["9f86d081884c7d65"])

    @classmethod
    def of(cls, ask: Ask) -> Self:
        return cls(**{name: getattr(ask, name) for name in cls.model_fields if name != "until"}, until=ask.until or 0)


class ApprovalRequest(BaseModel):
    """`allow_session`: the tool may be called in this session from now on. `note` is a word to the model.

    `content`, for what asks for an input: what the user has put into the form. It needs `allow`. `revision`: of the
    question that the user has seen; where the turn asks something else by now, the answer is refused.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["0"])
    decision: Decision
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NOTE_CHARS)] | None = Field(
        None, examples=["Not that file."]
    )
    content: dict[str, Any] | None = None
    revision: Annotated[str, StringConstraints(max_length=64)] | None = Field(None, examples=["9f86d081884c7d65"])

    def answer_to(self, ask: Ask) -> Answer:
        """Raises `NotAForm`, `OnlyOnce`, or `InvalidInput`."""
        note = self.note or None
        if ask.kind == "call":
            if self.content is not None:
                raise NotAForm
            return Answer(state=STATES[self.decision], note=note)
        if self.decision == "allow_session":
            raise OnlyOnce
        if self.decision == "deny":
            return Answer(state="denied", note=note)
        if self.content is None:
            raise InvalidInput("The form needs `content`. Fill it in and send it, or answer with deny.")
        check_input(ask.form or {}, self.content)
        return Answer(state="answered", note=note, content=self.content)


class ApprovalAnswer(BaseModel):
    """The answer that counts."""

    turn_id: str = Field(examples=[EXAMPLE_TURN])
    id: str = Field(examples=["0"])
    state: AnswerState
