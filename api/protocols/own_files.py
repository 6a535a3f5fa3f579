"""Recognises the addresses of files of this server."""

import re

from chat.client_requests import FILE

OWN_FILE = re.compile(r"(?:/api)?/files/([0-9a-f]{32})")


def named(address: str) -> str:
    """Returns the name by which requests have the file at an address; another server's address as it is."""
    own = OWN_FILE.fullmatch(address)
    return FILE + own[1] if own else address
