"""Guests by the tests' own secret, so that nobody has to be asked for a token."""

from api.auth.guests import Guests, new_guest
from chat.settings import Settings
from tests.support.stack import SECRET


def token(user_id: str) -> str:
    """What an API with the tests' secret believes to be this guest's."""
    return Guests(Settings(_env_file=None, secret_key=SECRET)).sign(user_id)


def guest() -> tuple[str, str]:
    """A new guest's id and token."""
    user_id = new_guest()
    return user_id, token(user_id)
