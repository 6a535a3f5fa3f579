"""Finds the mistakes in the providers' file, and says in which line each is and what is wrong. Pure."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from chat.providers.catalog import Price
from chat.providers.forms import FileForm, ModelForm, ProviderForm
from chat.providers.lines import line_of

Place = tuple[str | int, ...]
Mistake = tuple[Place, str]
"""Where a mistake is in the file, and what is wrong."""

NO_KEYS_HERE = "is not a place for a key: set an environment variable to the key, and key_env to the variable's name"
TABLES: tuple[tuple[type[BaseModel], Place], ...] = (
    (Price, ("providers", 0, "models", 0, "price")),
    (ModelForm, ("providers", 0, "models", 0)),
    (ProviderForm, ("providers", 0)),
    (FileForm, ()),
)


class Mistakes(ValueError):
    """Raised for a file that cannot be used. Its text says where and why; it contains no value of the file."""


def checked(text: str, values: dict[str, Any]) -> FileForm:
    """Returns the file's `values`. Raises `Mistakes`."""
    try:
        form = FileForm.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise _mistakes(
            text, ((each["loc"], _words(each["type"], each["loc"], each["msg"])) for each in found)
        ) from None
    if found_across := [*_repeated(form), *_unknown(form), *_without_dialect(form)]:
        raise _mistakes(text, found_across)
    return form


def not_toml(text: str, error: ValueError) -> Mistakes:
    """Returns the error for a text that is not TOML; `tomllib` names the line, except where the text ends too early."""
    words, _, place = str(error).partition(" (at ")
    number = re.search(r"line (\d+)", place)
    return Mistakes(f"line {number[1] if number else len(text.splitlines())}: it is not TOML: {words}")


def check_keys(text: str, form: FileForm, variables: Mapping[str, str]) -> None:
    """Raises `Mistakes` for each key whose environment variable is missing, or is no key."""
    found = list[Mistake]()
    for index, provider in enumerate(form.providers):
        place, key = ("providers", index, "key_env"), variables.get(provider.key_env, "")
        if provider.key_env and not key:
            found.append((place, f"key_env: the environment variable {provider.key_env} is not set"))
        elif not (key.isascii() and (key.isprintable() or not key)):
            found.append((place, f"key_env: {provider.key_env} may only contain printable ASCII characters"))
    if found:
        raise _mistakes(text, found)


def _mistakes(text: str, found: Iterable[Mistake]) -> Mistakes:
    lines = sorted({(line_of(text, place), words) for place, words in found})
    return Mistakes("\n".join(f"line {number}: {words}" for number, words in lines))


def _words(kind: str, place: Place, message: str) -> str:
    """Returns what is wrong, after the name of the key."""
    name = next((part for part in reversed(place) if isinstance(part, str)), "the file")
    if kind == "extra_forbidden":
        return f"{name} {_unknown_key(name, place)}"
    if kind == "missing":
        return f"{name} is missing here"
    return f"{name}: {message.removeprefix('Value error, ')}"


def _unknown_key(name: str, place: Place) -> str:
    if name in ("key", "api_key", "token"):
        return NO_KEYS_HERE
    form = next(form for form, pattern in TABLES if len(place) > len(pattern))
    known = [field.alias or each for each, field in form.model_fields.items()]
    near = difflib.get_close_matches(name, known, 1)
    return f"is not known here. Did you mean {near[0]}?" if near else f"is not known here. Known: {', '.join(known)}"


def _repeated(form: FileForm) -> Iterator[Mistake]:
    """Yields the names of providers and the ids of models that occur more than once."""
    names = Counter(provider.name for provider in form.providers)
    ids = Counter(model.id for provider in form.providers for model in provider.models)
    for place, provider in _providers(form):
        if names[provider.name] > 1:
            yield (*place, "name"), f"name: there are several providers with the name {provider.name}"
    for place, model in _models(form):
        if ids[model.id] > 1:
            yield (*place, "id"), f"id: {model.id} is the id of several models. `name` is what the provider calls it"


def _unknown(form: FileForm) -> Iterator[Mistake]:
    """Yields the names of models that do not exist, and fall-backs to the model itself or to the same model twice."""
    ids = {model.id for _, model in _models(form)}
    if form.default and form.default not in ids:
        yield ("default",), f"default: no model has the id {form.default}"
    for place, model in _models(form):
        for index, other in enumerate(model.fallback):
            if other == model.id:
                yield (*place, "fallback", index), f"fallback: {other} cannot be its own fall-back"
            elif other not in ids:
                yield (*place, "fallback", index), f"fallback: no model has the id {other}"
            elif other in model.fallback[:index]:
                yield (*place, "fallback", index), f"fallback: {other} is named twice"


def _without_dialect(form: FileForm) -> Iterator[Mistake]:
    """Yields the models whose replies are continued with a prefix, but nothing says how."""
    for place, model in _models(form):
        provider = form.providers[int(place[1])]
        if (model.continues or provider.continues) == "prefix" and not (model.dialect or provider.dialect):
            yield place, 'continue: "prefix" needs `dialect`, the way in which the server continues a reply'


def _providers(form: FileForm) -> Iterator[tuple[Place, ProviderForm]]:
    for index, provider in enumerate(form.providers):
        yield ("providers", index), provider


def _models(form: FileForm) -> Iterator[tuple[Place, ModelForm]]:
    for place, provider in _providers(form):
        for index, model in enumerate(provider.models):
            yield (*place, "models", index), model
