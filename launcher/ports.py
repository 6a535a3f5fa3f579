"""Finds free ports on this machine, and checks whether ports are usable or answer."""

import contextlib
import errno
import http.client
import secrets
import socket

from launcher.console import Problem

NEVER_GIVEN_AWAY = range(20_000, 32_768)
"""Ports outside the ephemeral ranges of Linux and macOS, so the system cannot take one before the caller listens."""


def free() -> int:
    """Returns a loopback port that no process listens on now."""
    while True:
        port = secrets.choice(NEVER_GIVEN_AWAY)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def several(count: int) -> list[int]:
    """Returns `count` different free ports."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free())
    return sorted(found)


def check(host: str, port: int) -> None:
    """Raises `Problem`, with the remedy, if the API could not listen on `host` and `port`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Problem(explain(error, host, port)) from None
    if accepts(host, port):  # macOS lets one address be bound although a listener has all addresses
        raise Problem(explain(OSError(errno.EADDRINUSE, ""), host, port))


def explain(error: OSError, host: str, port: int) -> str:
    """Returns the sentence for an address that the API cannot listen on."""
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65_535 else port - 1
        return (
            f"Port {port} is in use by another program. Stop that program, or choose another port: "
            f"`make run PORT={other}` (or PORT={other} in .env)."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one from 1024 up, for example `make run PORT=8000`."
    return f"HOST={host} is not an address of this machine ({error.strerror}): try HOST=127.0.0.1."


def reachable(host: str) -> str:
    """Returns the host by which this machine reaches a listener on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def accepts(host: str, port: int) -> bool:
    """Whether a process accepts connections on `host` and `port`."""
    try:
        socket.create_connection((reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(host: str, port: int, path: str) -> bool:
    """Whether an HTTP GET is answered with 200. Ignores proxy settings."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(host: str, port: int) -> str:
    """Returns the address to open in a browser on this machine."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
