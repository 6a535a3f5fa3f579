"""Where a request comes from, for those who count."""

import ipaddress
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from api.deps import state_of
from chat import keys


def address_of(scope: Scope) -> str | None:
    """The caller's network; None where there is none, such as on a Unix socket."""
    client = scope.get("client")
    return network_of(client[0]) if client else None


def network_of(host: str) -> str | None:
    """Whom an address belongs to: an IPv4 address to one, of IPv6 a whole /64. None where there is no address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


async def _shared_address(request: Request) -> str:
    address = address_of(request.scope) if state_of(request).settings.auth_mode == "guest" else None
    return keys.digest(address) if address else ""


SharedAddress = Annotated[str, Depends(_shared_address)]
"""The hash of the address that a guest's turns count for, who may be many guests; "" for whoever is no guest.

People with accounts cannot be more than they are, and many of them may sit behind one address.
"""
