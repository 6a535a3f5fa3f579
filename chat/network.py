"""Validates addresses in settings: listeners, origins, key servers and proxies."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(text: str) -> str:
    """Returns the origin as browsers send it (RFC 6454, 6.2). Raises `ValueError` for anything else."""
    parts = urlsplit(text)
    if parts.username is not None:
        raise ValueError("must name origins without a user or password")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"must name origins like https://chat.example.com, but {text} is none")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


def safe(url: str) -> str:
    """Returns the address of the key server. Raises `ValueError` unless it is https or on this machine.

    An attacker on the network could otherwise replace the keys.
    """
    parts = urlsplit(url)
    loopback = parts.hostname is not None and is_loopback(parts.hostname)
    if parts.hostname and parts.port != 0 and (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        return url
    raise ValueError("must be an https address: otherwise an attacker could replace the keys and sign as any user")


def network(text: str) -> str:
    """Returns the address or network of a proxy. Raises `ValueError` for a host name, or for the whole internet."""
    try:
        found = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"must name addresses or networks like 10.0.0.0/8 ({error})") from None
    if found.prefixlen == 0:
        raise ValueError("must not trust all addresses: any client could then claim any address")
    return text
