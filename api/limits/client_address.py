"""Where a request comes from, for those who count."""

import ipaddress
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from api.deps import state_of
from chat import keys

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN = "unknown"
"""What requests are counted for whose peer has no address, such as over a Unix socket: all of them together."""


def address_of(scope: Scope) -> str:
    """The network that the request is counted for."""
    client = scope.get("client")
    return (network_of(client[0]) if client else None) or UNKNOWN


def network_of(host: str) -> str | None:
    """Whom an address belongs to: an IPv4 address to one, of IPv6 a whole /64. None where there is no address."""
    address = address_in(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address) if address else None


def address_in(host: str) -> Address | None:
    """The address that a text is, with or without a zone; of an IPv4 address in IPv6, the former."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


async def _guest_address(request: Request) -> str:
    guest = state_of(request).settings.auth_mode == "guest"
    return keys.digest(address_of(request.scope)) if guest else ""


GuestAddress = Annotated[str, Depends(_guest_address)]
"""The hash of the address that a guest's turns count for, who may be many guests; "" for whoever is no guest.

People with accounts cannot be more than they are, and many of them may sit behind one address.
"""
