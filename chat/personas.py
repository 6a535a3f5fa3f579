"""Loads personas (a system prompt with a name and an icon) from a file that an operator can edit."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

Language = Literal["zh", "en"]


class Localized(BaseModel):
    """A short text in both languages of the product."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Persona(BaseModel):
    """`tools`: patterns `server/tool` of the tools that the persona may use, None = all that there are."""

    model_config = ConfigDict(extra="forbid")

    name: Localized
    description: Localized
    welcome: Localized
    icon: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    tools: tuple[str, ...] | None = None


Personas = dict[str, Persona]


def load(path: Path) -> Personas:
    """Returns the personas by key, in the file's order; the first one is the default.

    Raises `OSError` for a file that cannot be read, otherwise `ValueError`, whose text names the persona and the field.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    personas = {key: _persona(key, table) for key, table in tables.items()}
    if not personas:
        raise ValueError("it has no persona")
    return personas


def _persona(key: str, table: object) -> Persona:
    try:
        return Persona.model_validate(table)
    except ValidationError as error:
        mistakes = " and ".join(mistake_of(each) for each in error.errors(include_input=False, include_url=False))
        raise ValueError(f"persona {key} {mistakes}") from None


def mistake_of(found: ErrorDetails) -> str:
    """Returns a predicate whose subject is the persona."""
    field = ".".join(str(part) for part in found["loc"])
    match found["type"]:
        case "missing":
            return f"lacks the field {field}"
        case "extra_forbidden":
            return f"has the unknown field {field}"
        case "string_too_short":
            return f"has an empty field {field}"
        case "model_type":
            return f"needs a table {{ zh = …, en = … }} in {field}" if field else "is not a table like [assistant]"
    return f"has a wrong field {field} ({found['msg']})"


def default_of(personas: Personas) -> str:
    return next(iter(personas))
