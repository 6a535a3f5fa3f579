"""Addresses in settings: who listens where, and whom we believe."""

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
    """The origin as browsers send it (RFC 6454, 6.2). Raises `ValueError` for what no browser would send."""
    parts = urlsplit(text)
    if parts.username is not None:
        raise ValueError("must name origins without a user or password")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"must name origins such as https://chat.example.com, and {text} is none")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def safe(url: str) -> str:
    """The address where nobody on the way can change what is read. Raises `ValueError` for another one."""
    parts = urlsplit(url)
    loopback = parts.hostname is not None and is_loopback(parts.hostname)
    if parts.hostname and parts.port != 0 and (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        return url
    raise ValueError("must be an https address: whoever changes the keys on the way could sign as anybody")


def network(text: str) -> str:
    """An address or a network of a proxy. Raises `ValueError` for a name, or for everybody at once."""
    try:
        found = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"must name addresses or networks such as 10.0.0.0/8 ({error})") from None
    if found.prefixlen == 0:
        raise ValueError("must not trust everybody: anyone could then claim any address")
    return text
