"""The form of the providers' file: what each of its tables may have."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chat import network
from chat.providers.catalog import Continuation, Dialect, Model, ModelTraits

ID = re.compile(r"[\w.:/@+-]{1,100}", re.ASCII)
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}", re.ASCII)
"""Names of environment variables. Keys, which are pasted here by mistake, have lower-case letters."""

OWN_FIELDS = frozenset(("model", "messages", "stream", "tools"))
"""Fields of a request that only the worker sets."""

SECONDS_BEFORE_FALLBACK = 60
"""How long a model with fall-backs may take to the first byte, unless the file says otherwise."""

T = TypeVar("T")
STRICT = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class Limits(BaseModel):
    """Time limits in seconds, tries, and how a reply is continued; each of a model's overrides its provider's."""

    model_config = STRICT

    first_byte_timeout: float | None = Field(None, gt=0, le=86_400)
    read_timeout: float | None = Field(None, gt=0, le=86_400)
    tries: int | None = Field(None, ge=1, le=10)
    continues: Continuation | None = Field(None, alias="continue")
    dialect: Dialect | None = None


class ModelForm(ModelTraits, Limits):
    """One `[[providers.models]]`."""

    model_config = STRICT

    id: str
    name: str = Field("", max_length=200)

    @field_validator("id")
    @classmethod
    def _fits_everywhere(cls, value: str) -> str:
        if not ID.fullmatch(value):
            raise ValueError("may have letters, digits and . _ : / @ + - only, at most 100 of them")
        return value

    @field_validator("extra_body", "thinking_on", "thinking_off")
    @classmethod
    def _leaves_own_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        if taken := OWN_FIELDS & value.keys():
            raise ValueError(f"may not set {', '.join(sorted(taken))}: Holdfast does")
        return value

    @model_validator(mode="after")
    def _switches_what_it_can(self) -> "ModelForm":
        if (self.thinking_on or self.thinking_off) and "thinking" not in self.can:
            raise ValueError('has thinking_on or thinking_off, so its `can` must name "thinking"')
        return self


class ProviderForm(Limits):
    """One `[[providers]]`."""

    model_config = STRICT

    name: str = Field(min_length=1, max_length=60)
    base_url: str
    key_env: str = ""
    models: tuple[ModelForm, ...]

    @field_validator("key_env")
    @classmethod
    def _names_a_variable(cls, value: str) -> str:
        if not VARIABLE.fullmatch(value):
            raise ValueError("must be the name of an environment variable (A-Z, 0-9 and _), never the key itself")
        return value

    @field_validator("base_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        parts = network.http_address(value, "https://api.openai.com/v1")
        return parts._replace(path=parts.path.rstrip("/")).geturl()

    @field_validator("models")
    @classmethod
    def _some(cls, value: tuple[ModelForm, ...]) -> tuple[ModelForm, ...]:
        return _not_empty(value)


class FileForm(BaseModel):
    """The whole file. `default`: the id of the model that is used where none is chosen; the first one if not given."""

    model_config = STRICT

    default: str = ""
    providers: tuple[ProviderForm, ...]

    @field_validator("providers")
    @classmethod
    def _some(cls, value: tuple[ProviderForm, ...]) -> tuple[ProviderForm, ...]:
        return _not_empty(value)


def _not_empty(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:
        raise ValueError("must not be empty")
    return value


def model_of(form: ModelForm, provider: ProviderForm, defaults: Limits) -> Model:
    """Returns the model of the catalogue: what it does not say itself is taken from its provider or the defaults."""
    if form.fallback and defaults.first_byte_timeout:
        patience = min(defaults.first_byte_timeout, SECONDS_BEFORE_FALLBACK)
        defaults = defaults.model_copy(update={"first_byte_timeout": patience})
    given = [
        each.model_dump(exclude_none=True, include=set(Limits.model_fields)) for each in (defaults, provider, form)
    ]
    limits = given[0] | given[1] | given[2]
    traits = {name: getattr(form, name) for name in ModelTraits.model_fields}
    return Model(**traits, **limits, id=form.id, name=form.name or form.id, provider=provider.name)
