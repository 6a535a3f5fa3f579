"""The atomic steps as Lua files. Each header lists keys, arguments, returns, and what a repetition does.

Clients send a command again when its connection broke, so every script must bear being run twice.
"""

from functools import cache
from importlib import resources


@cache
def source(name: str) -> str:
    """Returns the text of `<name>.lua`."""
    return resources.files(__name__).joinpath(f"{name}.lua").read_text("utf-8")
