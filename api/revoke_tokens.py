"""Revokes all API tokens of one user: `python -m api.revoke_tokens <user id>`, for operators.

In `jwt` mode a user's id is the `sub` of their tokens. The settings are those of the API.
"""

import asyncio
import sys

from chat import configuration
from chat.api_tokens import ApiTokens
from chat.settings import Settings
from chat.store import RedisError, connect


async def revoke_all(settings: Settings, user_id: str) -> int:
    """Revokes the tokens. Returns how many there were."""
    async with connect(settings.data_url) as store:
        return await ApiTokens(store, settings).erase(user_id)


def main(arguments: list[str]) -> int:
    """Runs the command. Returns its exit code."""
    if len(arguments) != 1:
        sys.stderr.write("Give one user id: python -m api.revoke_tokens <user id>\n")
        return 2
    try:
        count = asyncio.run(revoke_all(configuration.load(), arguments[0]))
    except configuration.Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (RedisError, OSError):
        sys.stderr.write("The store does not answer, so tokens may still work. Run this again once it does.\n")
        return 1
    sys.stdout.write(f"Revoked API tokens: {count}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
