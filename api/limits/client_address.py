"""Determines the client address that a request is counted for."""

import ipaddress

from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN = "unknown"
"""The one address that all requests without a peer address count for, for example those over a Unix socket."""


def address_of(scope: Scope) -> str:
    """Returns the network that the request is counted for, or `UNKNOWN`."""
    client = scope.get("client")
    return (network_of(client[0]) if client else None) or UNKNOWN


def network_of(host: str) -> str | None:
    """Returns the network that counts as one client: an IPv4 address, or an IPv6 /64. None if `host` is no address."""
    address = address_in(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address) if address else None


def address_in(host: str) -> Address | None:
    """Parses an address with or without a zone; an IPv4-mapped one becomes IPv4. None if `host` is no address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
