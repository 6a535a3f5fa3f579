"""The atomic steps, as Lua files; each file's header tells its keys, arguments and returns."""

from functools import cache
from importlib import resources


@cache
def source(name: str) -> str:
    """The text of `<name>.lua`."""
    return resources.files(__name__).joinpath(f"{name}.lua").read_text("utf-8")
