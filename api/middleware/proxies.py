"""Reads the client's address and scheme from `X-Forwarded-For` and `X-Forwarded-Proto` of trusted proxies."""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.limits.client_address import Address, address_in

CACHE_SIZE = 4096
"""Addresses for which it is cached whether they are in a trusted network."""

ENTRY = re.compile(r'"?(?:\[([^\]]*)\](?::\d{1,5})?|([^:\[\]"]*)(?::\d{1,5})?|([^\[\]"]*))"?')
"""An address as proxies write it: `[IPv6]` or IPv4, each with or without a port, or IPv6 without brackets."""


class TrustedProxies:
    """Replaces the proxy's address and scheme by the client's if the peer is in one of the `trusted` networks.

    Used instead of uvicorn's middleware, which accepts any text as an address.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[str]) -> None:
        self._app = app
        self._networks = [ipaddress.ip_network(each) for each in trusted]
        self._trusts = lru_cache(CACHE_SIZE)(self._is_in_networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (peer := _peer_of(scope)) and self._trusts(peer):
            headers = Headers(scope=scope)
            if (scheme := headers.get("x-forwarded-proto", "").strip()) in ("http", "https"):
                scope["scheme"] = scheme
            scope["client"] = (str(self.client_of(peer, ",".join(headers.getlist("x-forwarded-for")))), 0)
        await self._app(scope, receive, send)

    def client_of(self, peer: Address, forwarded: str) -> Address:
        """Returns the last address in the list that is not a trusted proxy's; the first one if all are.

        Each proxy appends its peer's address. An entry that is no address counts as the proxy that wrote it.
        """
        client = peer
        for entry in reversed(forwarded.split(",")):
            address = entry_address(entry)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client

    def _is_in_networks(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def entry_address(entry: str) -> Address | None:
    """Returns the address in an entry of `X-Forwarded-For`; None for a name, `unknown`, or anything else."""
    found = ENTRY.fullmatch(entry.strip())
    return address_in(found[1] or found[2] or found[3] or "") if found else None


def _peer_of(scope: Scope) -> Address | None:
    client = scope.get("client")
    return address_in(client[0]) if client else None
