"""A name for each request, by which its log lines are found."""

import random
import re

from starlette.types import Scope
from structlog.contextvars import bind_contextvars, get_contextvars

HEADER = b"x-request-id"
VALID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def assign_id(scope: Scope) -> bytes:
    """The name that the request came with, if it may be one, else a new one. Log lines have it from here on."""
    name = next((value for header, value in scope["headers"] if header == HEADER), b"")
    if not VALID.fullmatch(name):
        name = b"%032x" % random.getrandbits(128)
    bind_contextvars(request_id=name.decode())
    return name


def current() -> str:
    """The name of the request that is being answered; "" outside of one."""
    return str(get_contextvars().get("request_id", ""))
