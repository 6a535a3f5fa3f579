"""Lists the models as OpenAI's API does: https://platform.openai.com/docs/api-reference/models."""

from typing import Literal

from pydantic import BaseModel

from chat.providers.catalog import Model
from chat.settings import Settings


class ModelObject(BaseModel):
    """`created` is always 0: when a model was made is not known here. `owned_by`: the name of its provider."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str


class ModelObjects(BaseModel):
    """In the order of the providers."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


def listed(settings: Settings) -> ModelObjects:
    """Returns the models that users can choose."""
    return ModelObjects(data=[_object(model) for model in settings.catalog.models.values()])


def found(settings: Settings, model_id: str) -> ModelObject | None:
    """Returns a model that users can choose; None without one of this id."""
    model = settings.catalog.models.get(model_id)
    return _object(model) if model else None


def _object(model: Model) -> ModelObject:
    return ModelObject(id=model.id, owned_by=model.provider)
