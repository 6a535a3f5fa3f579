"""Finds out why a store cannot be used, and says it in a sentence that contains no part of its address."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError, RedisError, ResponseError

from chat.store import blocking, topology
from chat.store.clients import connect
from chat.store.errors import code_of
from chat.store.topology import Topology

SECONDS = 3.0
"""How long each step may take."""

FORM = "redis://:password@host:port/db"
SENTENCES = {
    "NOAUTH": "The Redis of {name} wants a password, and none is given: write it into {url} (" + FORM + ") or set "
    "REDIS_PASSWORD.",
    "WRONGPASS": "The Redis of {name} refuses the password or the user: check {url} or REDIS_PASSWORD.",
    "NO_PASSWORD_SET": "The Redis of {name} has no password, but one is given: remove it from {url} or REDIS_PASSWORD, "
    "or set `requirepass` at the server.",
    "NOPERM": "The user of {name} may not use this Redis: it needs all commands and keys (ACL `~* &* +@all`).",
    "DATABASE": "The Redis of {name} does not have this database: name 0, or a number below the server's `databases`, "
    "in {url} or REDIS_DB.",
    "TLS": "The Redis of {name} accepts only TLS: {url} must begin with rediss instead of redis.",
    "NO_TLS": "The Redis of {name} does not speak TLS: {url} must begin with redis instead of rediss.",
    "CERTIFICATE": "The certificate of the Redis of {name} is not trusted: add ?ssl_ca_certs=<file> to {url}, and use "
    "a host name that the certificate contains.",
    "CLIENT_CERTIFICATE": "The Redis of {name} wants a certificate of its clients: add "
    "?ssl_certfile=<file>&ssl_keyfile=<file> to {url}.",
    "NO_CLUSTER": "The Redis of {name} is not a Cluster: {url} must begin with redis:// instead of redis+cluster://.",
}
"""Faults that do not pass by themselves."""

AWAY = "The Redis of {name} does not answer ({cause}): start it, or correct {name}."


@dataclass(frozen=True)
class Fault:
    """Why a store cannot be used. `lasting`: it does not pass by itself."""

    text: str
    lasting: bool


def fault_of(name: str, url: str) -> Fault | None:
    """Returns why the store at `url`, the value of the setting `name`, cannot be used; None if it can.

    Must be called outside of an event loop. A server that is still loading its data can be used.
    """
    try:
        _ping(url)
    except BusyLoadingError:
        return None
    except (RedisError, OSError, ValueError) as error:
        kind = _kind_of(error) or _mismatch(topology.parse(url))
        if kind:
            url_setting = name if name.endswith("URL") else "REDIS_URL"
            return Fault(SENTENCES[kind].format(name=name, url=url_setting), lasting=True)
        return Fault(AWAY.format(name=name, cause=_cause(error)), lasting=False)
    return None


def _ping(url: str) -> None:
    if topology.parse(url).kind == "server":
        with contextlib.closing(blocking.connect(url)) as server:
            server.ping()
    else:
        asyncio.run(_ping_several(url))


async def _ping_several(url: str) -> None:
    async with asyncio.timeout(SECONDS), connect(url) as store:
        await store.ping()


def _kind_of(error: BaseException) -> str | None:
    """Returns the key of `SENTENCES` for what the server or TLS said; None if that decides nothing."""
    for each in _chain(error):
        text = str(each).casefold()
        if isinstance(each, AuthenticationError):
            return (
                "NO_PASSWORD_SET" if "without any password" in text or "no password is set" in text else code_of(each)
            )
        if isinstance(each, NoPermissionError):
            return "NOPERM"
        if isinstance(each, ResponseError) and "db index" in text:
            return "DATABASE"
        if isinstance(each, ResponseError) and "cluster support disabled" in text:
            return "NO_CLUSTER"
        if isinstance(each, ssl.SSLCertVerificationError):
            return "CERTIFICATE"
        if "certificate_required" in text.replace(" ", "_") or "alert handshake failure" in text:
            return "CLIENT_CERTIFICATE"
    return None


def _mismatch(where: Topology) -> str | None:
    """Returns whether TLS is used with a server that does not speak it, or the other way round."""
    host = where.hosts[0] if where.hosts else topology.server_of(where.template)
    if host is None:
        return None
    if where.is_tls:
        return "NO_TLS" if _speaks_plainly(host) else None
    return "TLS" if _speaks_tls(host) else None


def _speaks_plainly(host: topology.Host) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(host, SECONDS) as server:
        server.sendall(b"PING\r\n")
        return server.recv(1) in (b"+", b"-")
    return False


def _speaks_tls(host: topology.Host) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError), socket.create_connection(host, SECONDS) as server:
        with context.wrap_socket(server):
            return True
    return False


def _cause(error: BaseException) -> str:
    """Describes why a server is unreachable, without its address."""
    for each in _chain(error):
        if isinstance(each, socket.gaierror):
            return "its host name is unknown"
        if isinstance(each, ConnectionRefusedError):
            return "connection refused"
        if isinstance(each, FileNotFoundError):
            return "its socket does not exist"
        if isinstance(each, PermissionError):
            return "permission denied"
    if any(isinstance(each, TimeoutError) for each in _chain(error)):
        return "no answer in time"
    return code_of(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yields the error and its causes, the error first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
