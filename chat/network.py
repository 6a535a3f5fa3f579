"""Validates addresses in settings: listeners, model servers, origins, key servers and proxies.

No text of an error contains a part of an address that may be a password.
"""

import ipaddress
from urllib.parse import SplitResult, parse_qsl, urlsplit


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def http_address(url: str, example: str) -> SplitResult:
    """Returns the parts of an http(s) address; its host is no part of a password. Raises `ValueError` otherwise."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.fragment
    except ValueError:  # its text quotes the address
        is_valid = False
    if not is_valid:
        raise ValueError(f"must be an http(s) address like {example}")
    if "@" in parts.path + parts.query:  # a password that is not escaped ends the part before the host
        raise ValueError(
            f"must be an http(s) address like {example}. Write / @ : # ? as %2F %40 %3A %23 %3F in a login"
        )
    return parts


def shown(url: str) -> str:
    """Returns an http(s) address without its login and its query, which may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def query_of(url: str) -> dict[str, str]:
    """Returns the parameters of an address, which each request must repeat (`?api-version=…` of Azure)."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def without_query(url: str) -> str:
    """Returns an address to which a path can be appended."""
    return urlsplit(url)._replace(query="").geturl().rstrip("/")


def azure_headers(query: dict[str, str], key: str) -> dict[str, str]:
    """Returns the header in which Azure's addresses with an `api-version` expect the key."""
    return {"api-key": key} if "api-version" in query and key else {}


def origin(text: str) -> str:
    """Returns the origin as browsers send it (RFC 6454, 6.2). Raises `ValueError` for anything else."""
    if "@" in text:
        raise ValueError("must name origins without a user or password")
    parts = http_address(text, "https://chat.example.com")
    if parts.path.strip("/") or parts.query:
        raise ValueError(f"must name origins like https://chat.example.com, but {text} is none")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


def safe(url: str) -> str:
    """Returns the address of the key server. Raises `ValueError` unless it is https or on this machine.

    An attacker on the network could otherwise replace the keys.
    """
    parts = http_address(url, "https://idp.example.com/keys")
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
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
