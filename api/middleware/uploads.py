"""The routes that take a file: their bodies have limits of their own."""

from starlette.types import Scope

IMPORT = "/me/import"

SLOWEST_BYTES = 100_000
"""Bytes per second that an upload has to reach on average, so that trickling clients do not hold an import."""


def is_upload(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] == "POST" and path.removeprefix("/api") == IMPORT
