"""Models of requests of other protocols: what they do not list is refused by its name."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

UNSUPPORTED = "unsupported"
"""The type of an error that `api.problems` answers as `UnsupportedParameter`."""


class Strict(BaseModel):
    """null means: not given. Values are not converted: `false` is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: each for name, each in value.items() if each is not None}
        return value


def unsupported(name: str, remedy: str) -> PydanticCustomError:
    """Returns the error of a validator that refuses a field of its value; `remedy`: a sentence."""
    return PydanticCustomError(UNSUPPORTED, "{name} is not supported. {remedy}", {"name": name, "remedy": remedy})
