"""What a user sets for one session: instructions, and parameters of the model."""

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from chat.persona_files import valid_unicode

MAX_INSTRUCTIONS = 8000
"""Characters."""

MAX_TOKENS = 1_000_000

Instructions = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MAX_INSTRUCTIONS), AfterValidator(valid_unicode)
]
Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
MaxTokens = Annotated[int, Field(ge=1, le=MAX_TOKENS)]

NAMES = ("instructions", "temperature", "max_tokens")
"""Fields of the session's hash. Processes of earlier releases keep and ignore them."""


class SessionSettings(BaseModel):
    """None = not set. `instructions` follow the persona's prompt. `temperature` and `max_tokens` go to the model.

    The model's own limit of tokens stays, where it is less.
    """

    instructions: Instructions | None = Field(None, examples=["Answer in one paragraph."])
    temperature: Temperature | None = Field(None, examples=[0.7])
    max_tokens: MaxTokens | None = Field(None, examples=[1000])

    @classmethod
    def of_hash(cls, fields: Mapping[str, str]) -> Self:
        """Returns what a session's hash has."""
        return cls.model_validate({name: fields[name] for name in NAMES if fields.get(name)})

    @classmethod
    def of_export(cls, fields: Mapping[str, Any]) -> Self:
        """Returns those of an export's fields that are valid."""
        valid = dict[str, Any]()
        for name in NAMES:
            with contextlib.suppress(ValidationError):
                valid |= cls.model_validate({name: fields.get(name)}).model_dump(exclude_none=True)
        return cls.model_validate(valid)

    def arguments(self) -> dict[str, str]:
        """Returns all fields for a script that takes them by name; "" where one is not set."""
        values = ((name, getattr(self, name)) for name in NAMES)
        return {name: "" if value is None else str(value) for name, value in values}

    def pairs(self) -> list[str]:
        """Returns the fields that were given, for a script: name, value, …; the value is "" for one to remove."""
        given = {name: getattr(self, name) for name in NAMES if name in self.model_fields_set}
        if "instructions" in given:
            given["has_instructions"] = 1 if self.instructions else None
        return [part for name, value in given.items() for part in (name, "" if value is None else str(value))]

    def added_to(self, prompt: str) -> str:
        """Returns the system prompt: the persona's, then the instructions."""
        return f"{prompt.rstrip()}\n\n{self.instructions}" if self.instructions else prompt


NOTHING_SET = SessionSettings()
