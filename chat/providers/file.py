"""Reads the catalogue from the file that `PROVIDERS_FILE` names."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from chat.providers import mistakes
from chat.providers.catalog import Catalog, Provider
from chat.providers.forms import FileForm, Limits, ProviderForm, model_of
from chat.providers.mistakes import Mistakes
from chat.variables import all_variables


def usable(path: Path, defaults: Limits, useless: Sequence[str] = (), *, needs_keys: bool = False) -> Catalog:
    """Returns the catalogue. Keys come from the environment and `.env`.

    `useless`: other settings that were given and have no effect. `needs_keys`: a key that is missing is a mistake.
    Raises `ValueError` with a line for each mistake.
    """
    if useless:
        names = ", ".join(name.upper() for name in useless)
        them = "them" if len(useless) > 1 else "it"
        raise ValueError(f"PROVIDERS_FILE describes all models, so {names} would have no effect: remove {them}")
    try:
        return read(path, defaults, all_variables(), needs_keys=needs_keys)
    except (OSError, Mistakes) as error:
        why = str(error.strerror if isinstance(error, OSError) else error).replace("\n", "\n    ")
        raise ValueError(f"PROVIDERS_FILE: {path} cannot be used:\n    {why}") from None


def read(path: Path, defaults: Limits, variables: Mapping[str, str], *, needs_keys: bool = False) -> Catalog:
    """Returns the catalogue. `variables` have the keys; a missing one is a mistake only if this process `needs_keys`.

    Raises `Mistakes`, or `OSError` for a file that cannot be read.
    """
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except UnicodeDecodeError:
        raise Mistakes("it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise mistakes.not_toml(text, error) from None
    form = mistakes.checked(text, values)
    if needs_keys:
        mistakes.check_keys(text, form, variables)
    return _catalog(form, defaults, variables)


def _catalog(form: FileForm, defaults: Limits, variables: Mapping[str, str]) -> Catalog:
    providers = tuple(_provider(each, defaults, variables) for each in form.providers)
    return Catalog(providers=providers, default_id=form.default or form.providers[0].models[0].id)


def _provider(form: ProviderForm, defaults: Limits, variables: Mapping[str, str]) -> Provider:
    return Provider(
        name=form.name,
        base_url=form.base_url,
        key=SecretStr(variables.get(form.key_env, "")),
        key_env=form.key_env,
        remedies={
            "server": form.name,
            "address": f"base_url of {form.name} in PROVIDERS_FILE",
            "key": form.key_env or f"key_env of {form.name} in PROVIDERS_FILE",
            "model": f"the models of {form.name} in PROVIDERS_FILE",
            "max_tokens": "the model's max_tokens in PROVIDERS_FILE",
        },
        models=tuple(model_of(each, form, defaults) for each in form.models),
    )
