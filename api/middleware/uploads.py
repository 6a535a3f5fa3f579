"""The routes that take a file, or a long prompt: their bodies have limits of their own."""

from starlette.types import Scope

IMPORT = "/me/import"
FILES = "/files"
PERSONAS = "/me/personas-file"
PROMPTS = "/v1"
PROMPT_ROUTES = ("/v1", "/ai-sdk", "/ag-ui")
"""`PROMPTS` stands for all routes at and below these: clients of other protocols send whole conversations there."""

PERSONA_FILE_BYTES = 2_000_000
"""Far more than the personas of a user have, all of the greatest length."""

FORM_BYTES = 16_384
"""What a multipart body has besides its file, at most."""

SLOWEST_BYTES = 100_000
"""Bytes per second that an upload has to reach on average, so that trickling clients do not hold an import."""


def upload_of(scope: Scope) -> str:
    """Returns the route that takes the request's file or prompt; "" for a request without one."""
    path: str = scope["path"]
    route = path.removeprefix("/api")
    if scope["method"] == "POST" and any(route == each or route.startswith(f"{each}/") for each in PROMPT_ROUTES):
        return PROMPTS
    return route if scope["method"] == "POST" and route in (IMPORT, FILES, PERSONAS) else ""
