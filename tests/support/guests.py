"""Signs guest tokens with the tests' secret, so that no API has to be asked for one."""

from api.auth.guests import Guests, new_guest
from chat.settings import Settings
from tests.support.stack import SECRET


def token(user_id: str) -> str:
    """The token of this guest for an API with the tests' secret."""
    return Guests(Settings(_env_file=None, secret_key=SECRET)).sign(user_id)


def guest() -> tuple[str, str]:
    """The ID and token of a new guest."""
    user_id = new_guest()
    return user_id, token(user_id)
