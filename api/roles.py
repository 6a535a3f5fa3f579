"""Checks the persona and the model that a request chooses."""

from chat.errors import UnknownModel, UnknownRole
from chat.personas import Personas, default_of
from chat.settings import Settings


def chosen_role(personas: Personas, role: str | None) -> str:
    """Returns the persona's key; the default one's for None. Raises `UnknownRole`."""
    if role is None:
        return default_of(personas)
    if role not in personas:
        raise UnknownRole
    return role


def chosen_model(settings: Settings, model: str | None) -> str:
    """Returns the model's id; "" for None, which means the session's. Raises `UnknownModel`."""
    if model is None:
        return ""
    if model not in settings.catalog.models:
        raise UnknownModel
    return model
