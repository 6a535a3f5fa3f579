"""Schemas of the routes for API tokens."""

from typing import Self

from pydantic import BaseModel, Field

from chat.api_token_records import Scope
from chat.api_tokens import ApiToken

EXAMPLE = "token-1a2b3c4d5e6f7a8b"


class ApiTokenView(BaseModel):
    """Times in seconds since the epoch. `expires_at` is null if it does not expire, `last_used_at` if it is unused."""

    id: str = Field(examples=[EXAMPLE])
    name: str = Field(examples=["Open WebUI"])
    scopes: list[Scope] = Field(examples=[["chat"]])
    created_at: float
    expires_at: float | None
    last_used_at: float | None

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        return cls.model_validate(token.model_dump(exclude={"digest"}))


class NewApiToken(ApiTokenView):
    """`token` is in this answer only: it cannot be read again."""

    token: str = Field(examples=["hf_…"])


class ApiTokenList(BaseModel):
    """`limit`: how many tokens a user may have. `max_days`: how long each lasts at most. 0 = no limit."""

    tokens: list[ApiTokenView]
    limit: int = Field(examples=[50])
    max_days: int = Field(examples=[0])


class RevokedApiToken(BaseModel):
    id: str = Field(examples=[EXAMPLE])
