"""Parses the address of a store: one server, a primary behind Sentinel, or a Cluster. No I/O."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import ConnectionPool

FORMS = {
    "redis": "redis://[:password@]host:port/db",
    "rediss": "rediss://[:password@]host:port/db",
    "unix": "unix://[:password@]path",
    "redis+sentinel": "redis+sentinel://[:password@]host:port,host:port/service/db?sentinel_password=…",
    "rediss+sentinel": "rediss+sentinel://[:password@]host:port,host:port/service/db?sentinel_password=…",
    "redis+cluster": "redis+cluster://[:password@]host:port,host:port",
    "rediss+cluster": "rediss+cluster://[:password@]host:port,host:port",
}
"""Forms of a store's address, by scheme."""

Kind = Literal["server", "sentinel", "cluster"]
Host = tuple[str, int]
"""A host name or IP address, and a port."""

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


def check(url: str) -> None:
    """Raises `ValueError`, whose text contains no part of the address, if no client can be made for it."""
    scheme = url.partition("://")[0]
    if scheme not in FORMS:
        raise ValueError(
            "must start with redis://, rediss:// or unix://, or for several servers with redis+sentinel:// "
            "or redis+cluster:// (rediss+… for TLS)"
        )
    try:
        parse(url)
    except (TypeError, ValueError):
        raise ValueError(
            f"is not a valid address: {FORMS[scheme]}. Write / @ : # ? % in a password as %2F %40 %3A %23 %3F %25, "
            "and after ? only options of redis-py"
        ) from None


def parse(url: str) -> Topology:
    """Parses an address. Raises `ValueError` for an unusable one; its text may contain parts of a password."""
    _check_escapes(url)
    topology = _parse_hosts(url) if "+" in url.partition("://")[0] else Topology("server", url)
    ConnectionPool.from_url(topology.url(("h", 1)) if topology.hosts else url).make_connection()
    return topology


def server_of(url: str) -> Host | None:
    """Returns the host and port of one server's address; None for a Unix socket."""
    parts = urlsplit(url)
    return None if parts.scheme == "unix" else (parts.hostname or "localhost", parts.port or 6379)


def _check_escapes(url: str) -> None:
    """Raises `ValueError` where a / ? or # of a password ends the part before the host.

    Otherwise the beginning of the password would count as the host, and errors would name it.
    """
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    if "#" in before or "@" in path or (authority.startswith(":") and "@" not in authority):
        raise ValueError("a part of the login is not escaped")
    if "+" not in scheme and scheme != "unix" and not re.fullmatch(r"\d*/?", path):
        raise ValueError("the database is not a number")
    if query:
        parse_qsl(query, keep_blank_values=True, strict_parsing=True)


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
