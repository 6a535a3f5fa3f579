"""Starts a real Cluster on this machine whose nodes a test can kill."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from launcher import ports, valkey
from tests.support.databases import DATABASES
from tests.support.waiting import PATIENCE, until

SLOTS = 16_384
NODE_TIMEOUT_MS = 1500
"""Silence after which the other nodes declare a node failed."""


@dataclass
class RunningCluster:
    """A Cluster. `nodes` maps ports to processes: first the primaries, then one replica of each, if there are any."""

    nodes: dict[int, subprocess.Popen[bytes]]
    primaries: list[int]

    @property
    def url(self) -> str:
        """The URL for `REDIS_URL`."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in self.nodes) + "/0"

    def ask(self, port: int, *command: Any) -> Any:
        """Send the command to the node at this port and return its answer."""
        with contextlib.closing(redis.Redis(port=port, decode_responses=True, socket_timeout=PATIENCE)) as node:
            return node.execute_command(*command)

    def kill(self, port: int) -> None:
        """Send SIGKILL and wait for the exit."""
        self.nodes[port].kill()
        self.nodes[port].wait()

    def port_of(self, key: str) -> int:
        """The port of the primary that serves the key's slot, according to a running node."""
        slot = redis.crc.key_slot(key.encode())
        alive = next(port for port, process in self.nodes.items() if process.poll() is None)
        ranges = self.ask(alive, "CLUSTER SLOTS")
        return int(next(primary[1] for first, last, primary, *_ in ranges if first <= slot <= last))


@contextlib.contextmanager
def running_cluster(folder: Path, primaries: int = 3, *, replicas: bool = False) -> Iterator[RunningCluster]:
    """Run a Cluster inside the `with` block: slots spread evenly, and numbered databases as on a single server."""
    count = primaries * (2 if replicas else 1)
    chosen = ports.several(2 * count)
    with contextlib.ExitStack() as stack:
        cluster = RunningCluster({}, chosen[:primaries])
        for port, bus in zip(chosen[:count], chosen[count:], strict=True):
            (folder / str(port)).mkdir(parents=True)
            cluster.nodes[port] = process = valkey.start(folder / str(port), port, *_options(bus))
            stack.callback(valkey.stop, process)
        _join(cluster, dict(zip(chosen[:count], chosen[count:], strict=True)))
        yield cluster


def _options(bus: int) -> list[str]:
    options = {
        "cluster-enabled": "yes",
        "cluster-port": bus,
        "cluster-databases": DATABASES,
        "cluster-node-timeout": NODE_TIMEOUT_MS,
        "cluster-replica-validity-factor": 0,
        "repl-diskless-sync-delay": 0,
    }
    return [part for name, value in options.items() for part in (f"--{name}", str(value))]


def _join(cluster: RunningCluster, buses: dict[int, int]) -> None:
    first, *others = cluster.nodes
    share = SLOTS / len(cluster.primaries)
    for number, port in enumerate(cluster.primaries):
        cluster.ask(port, "CLUSTER", "ADDSLOTSRANGE", round(number * share), round((number + 1) * share) - 1)
    for port in others:
        cluster.ask(port, "CLUSTER", "MEET", "127.0.0.1", first, buses[first])
    until(lambda: all(_knows(cluster, port) == len(cluster.nodes) for port in cluster.nodes))
    replicas = list(cluster.nodes)[len(cluster.primaries) :]
    for primary, replica in zip(cluster.primaries, replicas, strict=bool(replicas)):
        cluster.ask(replica, "CLUSTER", "REPLICATE", cluster.ask(primary, "CLUSTER", "MYID"))
    until(lambda: all(cluster.ask(port, "CLUSTER INFO")["cluster_state"] == "ok" for port in cluster.nodes))
    until(lambda: all(_is_whole(cluster, port, len(replicas)) for port in cluster.nodes))


def _knows(cluster: RunningCluster, port: int) -> int:
    """The number of nodes that have completed the handshake with the node at this port."""
    return sum("handshake" not in node["flags"] for node in cluster.ask(port, "CLUSTER NODES").values())


def _is_whole(cluster: RunningCluster, port: int, replicas: int) -> bool:
    """Whether the node knows all replicas as replicas and, if it is one, is connected to its primary."""
    replica_lists = [servers for _, _, _, *servers in cluster.ask(port, "CLUSTER SLOTS")]
    role = cluster.ask(port, "ROLE")
    return sum(map(len, replica_lists)) == replicas and (role[0] == "master" or role[3] == "connected")
