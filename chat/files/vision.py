"""Tells which models can see pictures."""

from chat.settings import Settings


def can_see(settings: Settings, model_id: str) -> bool:
    """Returns whether the model can see pictures."""
    model = settings.catalog.find(model_id)
    return model is not None and "vision" in model.can
