"""Ports on this machine: free ones, busy ones, and ones that answer."""

import contextlib
import errno
import http.client
import secrets
import socket

from launcher.console import Problem

NEVER_GIVEN_AWAY = range(20_000, 32_768)
"""Ports that Linux and macOS give to nobody by themselves, so none of them is gone before it is listened on."""


def free() -> int:
    """A loopback port that nothing listens on just now."""
    while True:
        port = secrets.choice(NEVER_GIVEN_AWAY)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def several(count: int) -> list[int]:
    """So many different free ports."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free())
    return sorted(found)


def check(host: str, port: int) -> None:
    """Raise `Problem`, with what to do, where the API could not listen on `host` and `port`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Problem(explain(error, host, port)) from None
    if accepts(host, port):  # macOS lets one address be bound beside a listener on all of them
        raise Problem(explain(OSError(errno.EADDRINUSE, ""), host, port))


def explain(error: OSError, host: str, port: int) -> str:
    """The sentence for an address that cannot be listened on."""
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
    """The host under which this machine reaches a listener on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def accepts(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(host: str, port: int, path: str) -> bool:
    """Whether an HTTP GET there is answered with 200. Asks directly, whatever proxies are set."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
