"""Checks the persona and the model that a request chooses."""

from api.state import State
from chat.errors import UnknownModel, UnknownRole
from chat.personas import default_of


def chosen_role(state: State, role: str | None) -> str:
    """Returns the persona's key; the default one's for None. Raises `UnknownRole`."""
    if role is None:
        return default_of(state.personas)
    if role not in state.personas:
        raise UnknownRole
    return role


def chosen_model(state: State, model: str | None) -> str:
    """Returns the model's id; the default one's for None. Raises `UnknownModel`."""
    if model is None:
        return state.settings.openai_model
    if model not in state.settings.offered_models:
        raise UnknownModel
    return model
