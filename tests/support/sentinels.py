"""Starts a real primary with replicas and three sentinels on this machine."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis

from launcher import ports, valkey
from launcher.console import tail
from tests.support.waiting import PATIENCE, until

SERVICE = "holdfast"
PASSWORD = "data/pass@word:%20{1}"
SENTINEL_PASSWORD = "sentinels/pass@word:%20"
QUORUM = 2
DOWN_AFTER_MS = 1000
SENTINELS = 3


@dataclass
class Watched:
    """The servers and sentinels by port."""

    folder: Path
    servers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    sentinels: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The URL for `REDIS_URL`."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        login, more = quote(PASSWORD, safe=""), quote(SENTINEL_PASSWORD, safe="")
        return f"redis+sentinel://:{login}@{hosts}/{SERVICE}/0?sentinel_password={more}"

    @property
    def sentinel(self) -> int:
        """The port of a running sentinel."""
        return next(port for port, process in self.sentinels.items() if process.poll() is None)

    @property
    def replicas(self) -> list[int]:
        return [port for port in self.servers if port != self.primary()]

    def ask(self, port: int, *command: Any) -> Any:
        """Send the command to the server or sentinel at this port and return its answer."""
        password = SENTINEL_PASSWORD if port in self.sentinels else PASSWORD
        with contextlib.closing(
            redis.Redis(port=port, password=password, decode_responses=True, socket_timeout=PATIENCE)
        ) as connection:
            return connection.execute_command(*command)

    def primary(self) -> int:
        """The port of the primary according to a sentinel."""
        return int(self.ask(self.sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])

    def kill(self, port: int) -> None:
        """Send SIGKILL and wait for the exit."""
        process = {**self.servers, **self.sentinels}[port]
        process.kill()
        process.wait()

    def restore(self) -> None:
        """Continue frozen processes, restart killed servers as replicas, and wait until all agree."""
        for process in (*self.servers.values(), *self.sentinels.values()):
            process.send_signal(signal.SIGCONT)
        primary = self.primary()
        for port, process in self.servers.items():
            if process.poll() is not None:
                self._start_server(port, "--replicaof", f"127.0.0.1 {primary}")
        until(self._is_settled)

    def start(self, servers: list[int], sentinels: list[int]) -> None:
        """Start a primary on the first port, replicas on the others, and the sentinels; wait until all agree."""
        for port in servers:
            of = [] if port == servers[0] else ["--replicaof", f"127.0.0.1 {servers[0]}"]
            (self.folder / str(port)).mkdir(parents=True)
            self._start_server(port, *of)
        until(lambda: all(self._follows(port) for port in servers[1:]))
        for port in sentinels:
            settings = self.folder / f"sentinel-{port}.conf"  # the sentinel writes its state into this file
            settings.write_text(_sentinel(port, servers[0], self.folder), "utf-8")
            self._run(self.sentinels, port, str(valkey.binary()), str(settings), "--sentinel")
        until(self._is_settled)

    def _start_server(self, port: int, *options: str) -> None:
        extra = [part for name, value in SERVER.items() for part in (f"--{name}", value)]
        self._run(self.servers, port, *valkey.command(self.folder / str(port), port, *extra, *options))

    def _run(self, kind: dict[int, subprocess.Popen[bytes]], port: int, *command: str) -> None:
        log = self.folder / f"{port}.log"
        with log.open("ab") as sink:
            kind[port] = process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        until(lambda: process.poll() is not None or self._listens(port, process.pid))
        assert process.poll() is None, tail(log)

    def _listens(self, port: int, process_id: int) -> bool:
        """Whether this process answers at the port: another one may have taken it meanwhile."""
        with contextlib.suppress(redis.RedisError):
            return bool(self.ask(port, "INFO", "server")["process_id"] == process_id)
        return False

    def _follows(self, port: int) -> bool:
        role = self.ask(port, "ROLE")
        return bool(role[0] == "slave" and role[3] == "connected")

    def _is_settled(self) -> bool:
        with contextlib.suppress(redis.RedisError):  # a server that has just started may be loading its data
            return self._is_whole()
        return False

    def _is_whole(self) -> bool:
        seen = [self.ask(port, "SENTINEL MASTER", SERVICE) for port in self.sentinels]
        agreed = {(each["port"], each["num-other-sentinels"], each["num-slaves"], each["flags"]) for each in seen}
        primary = self.primary()
        whole = {(primary, len(self.sentinels) - 1, len(self.servers) - 1, "master")}
        return agreed == whole and all(self._follows(port) for port in self.servers if port != primary)


SERVER = {
    "requirepass": PASSWORD,
    "primaryauth": PASSWORD,
    "repl-diskless-sync-delay": "0",
    "min-replicas-to-write": "1",
    "min-replicas-max-lag": "2",
}


def _sentinel(port: int, primary: int, folder: Path) -> str:
    return f"""port {port}
bind 127.0.0.1
dir "{folder}"
locale-collate "C"
requirepass "{SENTINEL_PASSWORD}"
sentinel monitor {SERVICE} 127.0.0.1 {primary} {QUORUM}
sentinel auth-pass {SERVICE} "{PASSWORD}"
sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}
sentinel failover-timeout {SERVICE} 5000
"""


@contextlib.contextmanager
def running_sentinels(folder: Path, replicas: int = 2) -> Iterator[Watched]:
    """Run servers and sentinels inside the `with` block. All of them require a password."""
    held = ports.several(replicas + 1 + SENTINELS)
    watched = Watched(folder)
    try:
        watched.start(held[: replicas + 1], held[replicas + 1 :])
        yield watched
    finally:
        for process in (*watched.sentinels.values(), *watched.servers.values()):
            process.send_signal(signal.SIGCONT)
            valkey.stop(process)
