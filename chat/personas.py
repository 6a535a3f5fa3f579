"""Loads personas (a system prompt with a name and an icon) from a file that an operator can edit."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]


class Localized(BaseModel):
    """A short text in both languages of the product."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Persona(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Localized
    description: Localized
    welcome: Localized
    icon: str = Field(min_length=1)
    prompt: str = Field(min_length=1)


Personas = dict[str, Persona]


def load(path: Path) -> Personas:
    """Returns the personas by key, in the file's order; the first one is the default.

    Raises `OSError`, `tomllib.TOMLDecodeError`, `pydantic.ValidationError` or `ValueError` for an unusable file.
    """
    personas = {key: Persona.model_validate(value) for key, value in tomllib.loads(path.read_text("utf-8")).items()}
    if not personas:
        raise ValueError(f"{path} has no persona")
    return personas


def default_of(personas: Personas) -> str:
    return next(iter(personas))
