"""Parses a file of personas into tables. Imports no package, because it starts as a process for each file.

`python -m chat.persona_tables` reads the file from its standard input and writes JSON: `tables`, or the `reason` why
there are none.
"""

import json
import resource
import sys
import tomllib
from typing import Any

CPU_SECONDS = 2
MEMORY_BYTES = 512 * 1024 * 1024


class Unreadable(Exception):
    """The text is no file of personas; the message says why."""


def tables_of(text: str) -> dict[str, Any]:
    """Returns the tables of a file by their keys, in its order. Raises `Unreadable`.

    Call it with texts of others in a process of its own (`chat.persona_parser`): TOML can take very long.
    """
    try:
        tables: dict[str, Any] = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (RecursionError, MemoryError):
        raise Unreadable("it is nested too deeply") from None
    except ValueError:
        raise Unreadable("it is neither valid TOML nor valid JSON") from None
    if not tables:
        raise Unreadable("it has no persona")
    return tables


def main() -> None:
    """Parses what is on the standard input, within a limit of CPU time and memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        answer: dict[str, Any] = {"tables": tables_of(sys.stdin.buffer.read().decode())}
        text = json.dumps(answer, default=str)
    except Unreadable as error:
        text = json.dumps({"reason": str(error)})
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
