"""Schemas of the routes for users' own personas."""

from typing import Self

from pydantic import BaseModel, Field

from chat.own_personas import OwnPersona
from chat.persona_files import OwnDescription, OwnName, OwnWelcome


class PersonaView(BaseModel):
    """Texts in both languages; `created_at` in seconds since the epoch."""

    id: str = Field(examples=["own-1a2b3c4d"])
    name: OwnName
    icon: str = Field(examples=["⛵"])
    description: OwnDescription
    welcome: OwnWelcome
    prompt: str = Field(examples=["You are a sailor."])
    created_at: float

    @classmethod
    def of(cls, persona_id: str, persona: OwnPersona) -> Self:
        return cls.model_validate({**persona.model_dump(), "id": persona_id})


class PersonaList(BaseModel):
    """`limit`: how many own personas a user may have; 0 = no limit."""

    personas: list[PersonaView]
    limit: int = Field(examples=[50])


class DeletedPersona(BaseModel):
    id: str = Field(examples=["own-1a2b3c4d"])
