"""Checks the persona, the model and its parameters that a request chooses."""

from chat import keys
from chat.errors import MaxTokensTooLarge, UnknownModel, UnknownRole
from chat.own_personas import OwnPersona, OwnPersonas
from chat.personas import Personas, default_of
from chat.settings import Settings


def chosen_role(personas: Personas, role: str | None) -> str:
    """Returns the persona's key; the default one's for None. Raises `UnknownRole`.

    An id of a user's own persona passes: `own_persona` checks that the user has it.
    """
    if role is None:
        return default_of(personas)
    if role not in personas and not keys.is_own_persona(role):
        raise UnknownRole
    return role


async def own_persona(personas: Personas, own: OwnPersonas, user: str, role: str) -> OwnPersona | None:
    """Returns the user's own persona; None where `role` is no id of such one. Raises `UnknownRole` if it is missing."""
    if role in personas or not keys.is_own_persona(role):
        return None
    if (found := await own.find(user, role)) is None:
        raise UnknownRole
    return found


def chosen_model(settings: Settings, model: str | None) -> str:
    """Returns the model's id; "" for None, which means the session's. Raises `UnknownModel`."""
    if model is None:
        return ""
    if model not in settings.catalog.models:
        raise UnknownModel
    return model


def check_max_tokens(settings: Settings, model: str | None, max_tokens: int | None) -> None:
    """Raises `MaxTokensTooLarge` beyond the limit of a model, the default one for None."""
    found = settings.catalog.models.get(model or "") or settings.catalog.default
    if max_tokens and found.max_tokens and max_tokens > found.max_tokens:
        raise MaxTokensTooLarge(found.max_tokens)
