"""The catalogue: all providers with their models, and which models are asked for a reply."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Capability = Literal["vision", "tools", "thinking"]
Continuation = Literal["no", "prefix", "background"]
"""How a later attempt goes on with a reply: not at all, with the text so far as a prefix, with the stored response."""

Dialect = Literal["llama.cpp", "vllm", "deepseek", "mistral", "kimi", "qwen"]
"""How a server is asked to continue a prefix."""

ThinkingMode = Literal["always", "switch", "no"]


class Price(BaseModel):
    """The price of a million tokens of prompts (`input`) and of replies (`output`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")


class ModelTraits(BaseModel):
    """What a model can and which parameters its requests have; None and empty values are not sent.

    `context_length`, `max_tokens`: in tokens. `extra_body`: further fields of each request. `thinking_on`,
    `thinking_off`: fields of a request that switch thinking. `fallback`: ids of models to ask instead, in order.
    """

    model_config = ConfigDict(frozen=True)

    label: str = Field("", max_length=100)
    context_length: int | None = Field(None, ge=1)
    can: frozenset[Capability] = frozenset()
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    reasoning_effort: str = Field("", max_length=40)
    extra_body: dict[str, Any] = {}
    thinking_on: dict[str, Any] = {}
    thinking_off: dict[str, Any] = {}
    price: Price | None = None
    fallback: tuple[str, ...] = Field((), max_length=10)


class Model(ModelTraits):
    """A model that users can choose. `name`: what its provider calls it. Times are in seconds.

    One whose replies are continued with a prefix has a dialect.
    """

    id: str
    name: str
    provider: str
    first_byte_timeout: float
    read_timeout: float
    tries: int
    continues: Continuation = "no"
    dialect: Dialect | None = None

    @model_validator(mode="after")
    def _can_be_asked_to_continue(self) -> Self:
        if self.continues == "prefix" and not self.dialect:
            raise ValueError("a prefix needs a dialect")
        return self

    @property
    def title(self) -> str:
        """What users read."""
        return self.label or self.id

    @property
    def thinking(self) -> ThinkingMode:
        """Whether the model thinks: always, when a request says so, or never."""
        if "thinking" not in self.can:
            return "no"
        return "switch" if self.thinking_on or self.thinking_off else "always"


class Provider(BaseModel):
    """An address with a key and the models that it has.

    `key_env`: the environment variable that has the key. `remedies`: for sentences of errors, the
    provider's name and where operators set the address, the key, the models' names and their tokens.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    base_url: str
    key: SecretStr = SecretStr("")
    key_env: str = ""
    remedies: dict[str, str]
    models: tuple[Model, ...]


class Catalog(BaseModel):
    """All providers. `accepts_others`: a model that is not listed is asked of the default one's provider."""

    model_config = ConfigDict(frozen=True)

    providers: tuple[Provider, ...]
    default_id: str
    accepts_others: bool = False

    @cached_property
    def models(self) -> dict[str, Model]:
        """All models by their ids, in the order of the providers."""
        return {model.id: model for provider in self.providers for model in provider.models}

    @property
    def variables(self) -> set[str]:
        """The environment variables that have keys."""
        return {provider.key_env for provider in self.providers if provider.key_env}

    @property
    def default(self) -> Model:
        return self.models[self.default_id]

    def find(self, model_id: str) -> Model | None:
        """Returns the model that is asked for this id: a turn may name one that is no longer listed."""
        found = self.models.get(model_id)
        if found or not self.accepts_others:
            return found
        return self.default.model_copy(update={"id": model_id, "name": model_id, "label": "", "fallback": ()})

    def provider_of(self, model: Model) -> Provider:
        return self._providers[model.provider]

    def candidates(self, model_id: str, needs: Iterable[Capability] = ()) -> tuple[Model, ...]:
        """Returns the models to ask, in order: the one with this id, and its fall-backs that can what is needed."""
        first, needed = self.find(model_id), frozenset(needs)
        if first is None:
            return ()
        others = (self.models[other] for other in first.fallback)
        return (first, *(other for other in others if needed <= other.can))

    @cached_property
    def _providers(self) -> dict[str, Provider]:
        return {provider.name: provider for provider in self.providers}
