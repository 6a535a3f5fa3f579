"""Choosing a persona and a model from those on offer."""

from api.state import State
from chat.errors import UnknownModel, UnknownRole
from chat.personas import default_of


def chosen_role(state: State, role: str | None) -> str:
    """The persona's key; the default one where none is named. Raises `UnknownRole`."""
    if role is None:
        return default_of(state.personas)
    if role not in state.personas:
        raise UnknownRole
    return role


def chosen_model(state: State, model: str | None) -> str:
    """The model's id; the default one where none is named. Raises `UnknownModel`."""
    if model is None:
        return state.settings.openai_model
    if model not in state.settings.offered_models:
        raise UnknownModel
    return model
