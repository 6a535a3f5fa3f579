"""Makes the TLS contexts that verify model servers and tool servers."""

import ssl
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2


def context_for(url: str) -> ssl.SSLContext:
    """Returns the context for connections to the address, or to a proxy on the way to it.

    Where none of them uses TLS it trusts no server, because reading the machine's certificates takes 50 ms of CPU.
    """
    if any(urlsplit(address).scheme == "https" for address in (url, *getproxies().values())):
        return trusting()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def trusting() -> ssl.SSLContext:
    """Returns the context that trusts what this machine trusts. All connections of the process share it."""
    return httpx2.create_ssl_context()
