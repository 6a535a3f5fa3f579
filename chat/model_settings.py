"""The settings of models and their providers."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from chat import demo, network
from chat.providers import environment, file
from chat.providers.catalog import Capability, Catalog
from chat.providers.forms import Limits

Names = Annotated[tuple[str, ...], NoDecode]
Abilities = Annotated[tuple[Capability, ...], NoDecode]

OPENAI = ("https://api.openai.com/v1", "gpt-4o-mini")
"""The address and the model that are used if only a key is given."""

DESCRIBED_IN_FILE = (
    "demo_model",
    "models",
    "openai_base_url",
    "openai_can",
    "openai_max_tokens",
    "openai_model",
    "openai_temperature",
)
"""Settings of the one provider that there is without `PROVIDERS_FILE`."""


class ModelSettings(BaseSettings):
    """A part of `chat.settings.Settings`, which also says where they are read."""

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = OPENAI[0]
    openai_model: str = Field(OPENAI[1], min_length=1)
    openai_max_tokens: int = Field(2000, ge=1)
    openai_temperature: float = Field(0.7, ge=0, le=2)
    openai_can: Abilities = ()
    models: Names = ()
    demo_model: str = ""
    demo_base_url: str = ""
    providers_file: Path | None = None
    model_first_byte_timeout: float = Field(600, gt=0)
    model_read_timeout: float = Field(60, gt=0)
    model_tries: int = Field(3, ge=1, le=10)

    @field_validator("models", "openai_can", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return split(value)

    @model_validator(mode="before")
    @classmethod
    def _use_demo_by_default(cls, given: dict[str, Any]) -> dict[str, Any]:
        address = given.get("demo_base_url")
        if not address or any(given.get(name) for name in ("openai_api_key", "openai_base_url", "providers_file")):
            return given
        if any(given.get(name, demo.NAME) != demo.NAME for name in ("openai_model", "models")):
            raise ValueError(demo.NO_SERVER)
        names = dict.fromkeys(("openai_model", "models", "demo_model"), demo.NAME)
        defaults = {name.lower(): value for name, value in demo.DEFAULTS.items()}
        return {**defaults, **given, **names, "openai_base_url": address, "openai_api_key": "demo"}

    @field_validator("openai_base_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        parts = network.http_address(value, OPENAI[0])
        return parts._replace(path=parts.path.rstrip("/")).geturl()

    @field_validator("openai_api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not (key.isascii() and (key.isprintable() or not key)):
            raise ValueError("may only contain printable ASCII characters: is it the real key?")
        return value

    @model_validator(mode="after")
    def _usable_providers(self) -> Self:
        if self.models and self.openai_model not in self.models:
            raise ValueError("OPENAI_MODEL must be one of MODELS")
        assert self.catalog  # reading it raises ValueError for an unusable file
        return self

    @cached_property
    def catalog(self) -> Catalog:
        """All providers and models: those of `PROVIDERS_FILE`, otherwise the one provider of `OPENAI_BASE_URL`."""
        return self.read_providers()

    def read_providers(self, *, needs_keys: bool = False) -> Catalog:
        """Returns the catalogue. Raises `ValueError` for an unusable file; `needs_keys` as in `file.usable`."""
        limits = Limits(
            first_byte_timeout=self.model_first_byte_timeout,
            read_timeout=self.model_read_timeout,
            tries=self.model_tries,
            **(demo.CONTINUES if self.demo_model else {}),
        )
        if self.providers_file:
            fields = type(self).model_fields
            useless = [name for name in DESCRIBED_IN_FILE if getattr(self, name) != fields[name].default]
            return file.usable(self.providers_file, limits, useless, needs_keys=needs_keys)
        return environment.catalog(
            self.openai_base_url,
            self.openai_api_key,
            self.models or (self.openai_model,),
            self.openai_model,
            can=self.abilities,
            temperature=self.openai_temperature,
            max_tokens=self.openai_max_tokens,
            limits=limits,
        )

    @property
    def abilities(self) -> tuple[Capability, ...]:
        """What the models of the one provider can: those of `OPENAI_CAN`. OpenAI's model is known to see pictures."""
        if self.openai_can or (self.openai_base_url, self.openai_model) != OPENAI or self.models:
            return self.openai_can
        return ("vision", "tools")

    @cached_property
    def offered_models(self) -> tuple[str, ...]:
        """Ids of the models that a user may choose, the default one included."""
        return tuple(self.catalog.models)


def split(value: object) -> object:
    """Returns the parts of a text between commas; anything else unchanged."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value
