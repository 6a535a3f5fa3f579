"""Makes the names under which models call the tools of servers. Pure."""

import hashlib
import re

LONGEST = 64
"""Characters of a name. OpenAI's limit, the lowest of all providers."""

SERVER = re.compile(r"[a-z0-9](?:[a-z0-9-]|_(?!_))*(?<!_)")
"""Names of servers: without a double underscore, which separates the server from the tool."""

NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9_-]")
DIGITS = 8


def function_name(server: str, tool: str) -> str:
    """Returns `server__tool` as a name that models can call."""
    return usable_name(f"{server}__{tool}")


def usable_name(whole: str) -> str:
    """Returns the name with letters, digits, `_` and `-` only, 1 to 64 characters.

    A name that had to be changed ends with a hash of the whole, so that no two tools have the same one.
    """
    name = NOT_ALLOWED.sub("_", whole)
    if name == whole and 0 < len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{name[: LONGEST - DIGITS - 1]}_{digest}"
