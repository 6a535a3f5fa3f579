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
    """Returns `server__tool` with letters, digits, `_` and `-` only, at most 64 characters.

    A name that had to be changed ends with a hash of the whole, so that no two tools have the same one.
    """
    whole = f"{server}__{tool}"
    name = NOT_ALLOWED.sub("_", whole)
    if name == whole and len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{name[: LONGEST - DIGITS - 1]}_{digest}"
