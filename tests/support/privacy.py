"""Finds in logs what they must not contain: keys of the run, tokens, and text of users and models."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST = 12
"""Minimum length of recorded text, in characters. Shorter text may occur in log lines by chance."""

TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|\bhf_[\w-]{43}")

said: set[str] = set()
"""All text of this run that users sent, rejected or not, and that model servers received or sent."""

KEPT_BY_LAUNCHERS = ("secret_key", "valkey_password")

written: set[Path] = set()
"""The log files of all processes of this run."""


def note(text: object) -> None:
    """Record text: its first 200 characters. A single identifier is left out, because logs may contain codes."""
    if isinstance(text, str) and len(text.strip()) >= SHORTEST and not text.strip().isidentifier():
        said.add(text.strip()[:200])


def leaks(log: str, secrets: Iterable[str], texts: Iterable[str]) -> Iterator[str]:
    """Yield a description of each key, token and text that the log contains."""
    yield from (f"a key: {secret[:6]}…" for secret in secrets if secret in log)
    yield from (f"a token: {token[:24]}…" for token in TOKEN.findall(log))
    yield from (f"a text: {text!r}" for text in _found(log, texts))


def _found(log: str, texts: Iterable[str]) -> set[str]:
    """The texts that the log contains, plain or escaped. Searches for all of them in one pass: there are thousands."""
    forms: dict[str, set[tuple[str, str]]] = {}
    for text in texts:
        for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1]):
            forms.setdefault(form[:SHORTEST], set()).add((form, text))
    places = ((at, forms.get(log[at : at + SHORTEST], ())) for at in range(len(log) - SHORTEST + 1))
    return {text for at, begun in places for form, text in begun if log.startswith(form, at)}


def kept_secrets(folder: Path) -> set[str]:
    """The secrets that launchers generated and stored in files under the folder."""
    files = (file for name in KEPT_BY_LAUNCHERS for file in folder.rglob(name) if file.is_file())
    return {secret for file in files if (secret := file.read_text("utf-8").strip())}


def leaks_of_run(folder: Path, secrets: Iterable[str]) -> tuple[list[str], str]:
    """What the logs in the folder leak, and the content of all logs. Fails if a known log is missing."""
    found = {path for path in folder.rglob("*.log") if path.is_file()}
    missing = {path for path in written if path.resolve() not in {each.resolve() for each in found}}
    assert not missing, f"these logs are not in the folder that is searched: {missing}"
    everything = {path: path.read_text("utf-8", "replace") for path in sorted(found)}
    known = {*secrets, *kept_secrets(folder)}
    found_leaks = [f"{path.name}: {leak}" for path, log in everything.items() for leak in leaks(log, known, said)]
    return found_leaks, "".join(everything.values())
