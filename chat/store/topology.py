"""Parses the address of a store: one server, a primary behind Sentinel, or a Cluster. No I/O."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import ConnectionPool

Kind = Literal["server", "sentinel", "cluster"]
Host = tuple[str, int]
"""A host name or IP address, and a port."""

SERVERS = ("redis", "rediss", "unix")
PORTS: dict[Kind, int] = {"sentinel": 26_379, "cluster": 6_379}

_ADDRESS = re.compile(
    r"(?P<scheme>rediss?)\+(?P<kind>sentinel|cluster)://"
    r"(?:(?P<login>[^@/?]*)@)?(?P<hosts>[^@/?]+)(?:/(?P<path>[^?]*))?(?:\?(?P<query>.*))?"
)
_FOR_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


@dataclass(frozen=True)
class Topology:
    """A parsed address. `hosts`: the sentinels, or some nodes of the Cluster; empty for one server.

    `template`: redis-py's address of a data server; with `hosts`, `url` fills in the host. `service`: the primary's
    name at the sentinels. `sentinel_login`: the user and the password for the sentinels.
    """

    kind: Kind
    template: str = field(repr=False)
    hosts: tuple[Host, ...] = ()
    service: str = ""
    sentinel_login: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_tls(self) -> bool:
        return self.template.startswith("rediss:")

    def url(self, host: Host) -> str:
        """Returns the address of the server on `host`."""
        name = f"[{host[0]}]" if ":" in host[0] else host[0]
        return self.template.format(f"{name}:{host[1]}")


def parse(url: str) -> Topology:
    """Parses an address. Raises `ValueError` for an unusable one; its text may contain parts of a password."""
    topology = _parse_hosts(url) if "+" in url.partition("://")[0] else Topology("server", url)
    ConnectionPool.from_url(topology.url(("h", 1)) if topology.hosts else url).make_connection()
    return topology


def _parse_hosts(url: str) -> Topology:
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError("not an address of sentinels or of a Cluster")
    kind: Kind = "sentinel" if match["kind"] == "sentinel" else "cluster"
    hosts = tuple(_host(name, PORTS[kind]) for name in match["hosts"].split(","))
    path = (match["path"] or "").strip("/").split("/")
    service = path.pop(0) if kind == "sentinel" else ""
    database = "/".join(path) or "0"
    if (kind == "sentinel" and not service) or not database.isdecimal():
        raise ValueError("no service name, or the database is not a number")
    options = parse_qsl(match["query"] or "", keep_blank_values=True)
    login = {_FOR_SENTINELS[name]: value for name, value in options if name in _FOR_SENTINELS}
    rest = urlencode([(name, value) for name, value in options if name not in _FOR_SENTINELS])
    template = f"{match['scheme']}://{_login(match['login'])}{{}}/{database}" + (f"?{rest}" if rest else "")
    return Topology(kind, template, hosts, service, login)


def _login(text: str | None) -> str:
    """Escapes the login for the template, where braces have a meaning."""
    return f"{text.replace('{', '{{').replace('}', '}}')}@" if text else ""


def _host(text: str, port: int) -> Host:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("no host name")
    return parts.hostname, parts.port or port
