"""Assigns each request an id, which its log lines contain."""

import random
import re

from starlette.types import Scope
from structlog.contextvars import bind_contextvars, get_contextvars

HEADER = b"x-request-id"
VALID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def assign_id(scope: Scope) -> bytes:
    """Returns the id that the request brought, if valid, else a new one; and binds it to this context's log lines."""
    request_id = next((value for header, value in scope["headers"] if header == HEADER), b"")
    if not VALID.fullmatch(request_id):
        request_id = b"%032x" % random.getrandbits(128)
    bind_contextvars(request_id=request_id.decode())
    return request_id


def current() -> str:
    """Returns the id of the current request; "" outside of a request."""
    return str(get_contextvars().get("request_id", ""))
