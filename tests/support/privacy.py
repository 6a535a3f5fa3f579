"""What may be in no log: the keys of the run, every token, and whatever anybody said, to the model or from it."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST = 12
"""Characters. Shorter texts are words of everyday, which logs have of their own."""

TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.")

said: set[str] = set()
"""Every text of this run that anybody sent, refused or not, and that a model server heard or said."""

KEPT_BY_LAUNCHERS = ("secret_key", "valkey_password")

written: set[Path] = set()
"""Every log that a process of this run was given."""


def note(text: object) -> None:
    """Remember what was said; of a long text the beginning. A single word may be a code, which logs do have."""
    if isinstance(text, str) and len(text.strip()) >= SHORTEST and not text.strip().isidentifier():
        said.add(text.strip()[:200])


def leaks(log: str, secrets: Iterable[str], texts: Iterable[str]) -> Iterator[str]:
    """What a log gives away."""
    yield from (f"a key: {secret[:6]}…" for secret in secrets if secret in log)
    yield from (f"a token: {token[:24]}…" for token in TOKEN.findall(log))
    yield from (f"a text: {text!r}" for text in _found(log, texts))


def _found(log: str, texts: Iterable[str]) -> set[str]:
    """The texts that a log has, as they are or escaped; in one walk, since there are thousands of them."""
    forms: dict[str, set[tuple[str, str]]] = {}
    for text in texts:
        for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1]):
            forms.setdefault(form[:SHORTEST], set()).add((form, text))
    places = ((at, forms.get(log[at : at + SHORTEST], ())) for at in range(len(log) - SHORTEST + 1))
    return {text for at, begun in places for form, text in begun if log.startswith(form, at)}


def kept_secrets(folder: Path) -> set[str]:
    """What launchers made for themselves under the folder and keep in files."""
    files = (file for name in KEPT_BY_LAUNCHERS for file in folder.rglob(name) if file.is_file())
    return {secret for file in files if (secret := file.read_text("utf-8").strip())}


def leaks_of_run(folder: Path, secrets: Iterable[str]) -> tuple[list[str], str]:
    """What the logs in a folder give away, and all that they say. Fails where a log is missing."""
    found = {path for path in folder.rglob("*.log") if path.is_file()}
    missing = {path for path in written if path.resolve() not in {each.resolve() for each in found}}
    assert not missing, f"these logs were written and are not where logs are looked for: {missing}"
    everything = {path: path.read_text("utf-8", "replace") for path in sorted(found)}
    known = {*secrets, *kept_secrets(folder)}
    told = [f"{path.name}: {leak}" for path, log in everything.items() for leak in leaks(log, known, said)]
    return told, "".join(everything.values())
