"""Pure: what the address of a store names: one server, a primary that sentinels know, or a Cluster."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import ConnectionPool

Kind = Literal["server", "sentinel", "cluster"]
Host = tuple[str, int]
"""A name or an address, and a port."""

SERVERS = ("redis", "rediss", "unix")
PORTS: dict[Kind, int] = {"sentinel": 26_379, "cluster": 6_379}

_MANY = re.compile(
    r"(?P<scheme>rediss?)\+(?P<kind>sentinel|cluster)://"
    r"(?:(?P<login>[^@/?]*)@)?(?P<hosts>[^@/?]+)(?:/(?P<path>[^?]*))?(?:\?(?P<query>.*))?"
)
_FOR_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


@dataclass(frozen=True)
class Topology:
    """`hosts` are the sentinels, or some nodes of the Cluster, or the one server.

    `template` is the address of a server that keeps data, as redis-py reads it; of several servers `url` makes each
    one's. `service` is the name under which the sentinels know the primary, `sentinel_login` what they want to hear.
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
        """The address of the server there."""
        name = f"[{host[0]}]" if ":" in host[0] else host[0]
        return self.template.format(f"{name}:{host[1]}")


def parse(url: str) -> Topology:
    """Raises `ValueError` for an address that cannot be used; what it says may have parts of a password."""
    topology = _several(url) if "+" in url.partition("://")[0] else Topology("server", url)
    ConnectionPool.from_url(topology.url(("h", 1)) if topology.hosts else url).make_connection()
    return topology


def _several(url: str) -> Topology:
    match = _MANY.fullmatch(url)
    if match is None:
        raise ValueError("no address of sentinels or of a Cluster")
    kind: Kind = "sentinel" if match["kind"] == "sentinel" else "cluster"
    hosts = tuple(_host(name, PORTS[kind]) for name in match["hosts"].split(","))
    path = (match["path"] or "").strip("/").split("/")
    service = path.pop(0) if kind == "sentinel" else ""
    database = "/".join(path) or "0"
    if (kind == "sentinel" and not service) or not database.isdecimal():
        raise ValueError("no name of a service, or no number of a database")
    options = parse_qsl(match["query"] or "", keep_blank_values=True)
    login = {_FOR_SENTINELS[name]: value for name, value in options if name in _FOR_SENTINELS}
    rest = urlencode([(name, value) for name, value in options if name not in _FOR_SENTINELS])
    template = f"{match['scheme']}://{_login(match['login'])}{{}}/{database}" + (f"?{rest}" if rest else "")
    return Topology(kind, template, hosts, service, login)


def _login(text: str | None) -> str:
    """As a part of a template, where braces mean something."""
    return f"{text.replace('{', '{{').replace('}', '}}')}@" if text else ""


def _host(text: str, port: int) -> Host:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("no name of a host")
    return parts.hostname, parts.port or port
