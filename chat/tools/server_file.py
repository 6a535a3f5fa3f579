"""Reads the tool servers from the file that `MCP_FILE` names, and says in sentences what is wrong with it."""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from chat.providers.lines import line_of
from chat.tools.servers import VARIABLE_NAME, OAuth, ToolServer, ToolServers, variables_in
from chat.variables import all_variables

Place = tuple[str | int, ...]


def usable(path: Path, *, needs_variables: bool = False) -> ToolServers:
    """Returns the servers. With `needs_variables` these are in the place of `${NAME}`, and each must be set.

    Raises `ValueError` with a line for each mistake; it contains no value of the file.
    """
    try:
        return read(path.read_text("utf-8"), all_variables() if needs_variables else None)
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except OSError as error:
        why = str(error.strerror)
    except ValueError as error:
        why = str(error).replace("\n", "\n    ")
    raise ValueError(f"MCP_FILE: {path} cannot be used:\n    {why}")


def read(text: str, variables: Mapping[str, str] | None) -> ToolServers:
    """Returns the servers that the text describes; with `variables` filled in. Raises `ValueError`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from None
    if found_names := [*_names(values)]:
        raise _mistakes(text, found_names)
    try:
        servers = ToolServers.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise _mistakes(
            text, [(each["loc"], _words(each["type"], each["loc"], each["msg"])) for each in found]
        ) from None
    if found_across := [*_bad_variables(servers, variables)]:
        raise _mistakes(text, found_across)
    return servers if variables is None else servers.filled(variables)


def _names(values: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yields the tables with a key `name`: the name of the table is the name."""
    servers = values.get("servers")
    for table, server in servers.items() if isinstance(servers, dict) else ():
        if isinstance(server, dict) and "name" in server:
            yield ("servers", table, "name"), "name is not known here: the name of the table is the server's name"


def _bad_variables(servers: ToolServers, variables: Mapping[str, str] | None) -> Iterator[tuple[Place, str]]:
    for name, server in servers.servers.items():
        for key, value in server.secrets():
            place = ("servers", name, *key.split(".", 1))
            for variable in variables_in(value.get_secret_value()):
                if not VARIABLE_NAME.fullmatch(variable):
                    yield place, f"{key}: ${{…}} must name an environment variable, like ${{DOCS_TOKEN}}"
                elif variables is not None and not variables.get(variable):
                    yield place, f"{key}: the environment variable {variable} is not set"
                elif variables is not None and not _fits_everywhere(variables[variable]):
                    yield place, f"{key}: {variable} may only contain printable ASCII characters"


def _fits_everywhere(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _mistakes(text: str, found: list[tuple[Place, str]]) -> ValueError:
    lines = sorted({(line_of(text, place), ".".join(map(str, place[:2])), words) for place, words in found})
    return ValueError("\n".join(f"line {number}: {where}: {words}" for number, where, words in lines))


def _words(kind: str, place: Place, message: str) -> str:
    """Returns what is wrong, after the name of the key."""
    name = ".".join(map(str, place[2:])) or "the table"
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "missing":
        return f"{name} is missing here"
    return f"{name}: {message.removeprefix('Value error, ')}"


def _unknown_key(place: Place) -> str:
    name = str(place[-1])
    forms: dict[int, type[BaseModel]] = {1: ToolServers, 3: ToolServer}
    form = forms.get(len(place), OAuth)
    known = [each for each in form.model_fields if each != "name"]
    near = difflib.get_close_matches(name, known, 1)
    return f"{name} is not known here. " + (f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}")
