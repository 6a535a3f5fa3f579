"""Store addresses are parsed into a topology, and each gets its classes of connections."""

import pytest
from redis.asyncio import Connection, ConnectionPool, SSLConnection

from chat.store import connect, connect_pubsub, connections
from chat.store.topology import Topology, parse


def options(topology: Topology) -> dict[str, object]:
    """Returns redis-py's options for the address of the first server."""
    return dict(ConnectionPool.from_url(topology.url(topology.hosts[0])).connection_kwargs)


@pytest.mark.parametrize("url", ["redis://:p{}@h:1/2", "rediss://h", "unix:///run/redis.sock"])
def test_a_plain_address_is_left_to_redis_py(url: str) -> None:
    assert parse(url) == Topology("server", url)


def test_a_sentinel_address_names_a_service_and_its_database() -> None:
    topology = parse(
        "redis+sentinel://u:p%40s%2Fs%7B%7D@one:1,two,[::1]:3/the-service/5?sentinel_password=q%2F%25&sentinel_username=v"
    )
    assert topology.kind == "sentinel"
    assert topology.hosts == (("one", 1), ("two", 26379), ("::1", 3))
    assert topology.service == "the-service"
    assert topology.sentinel_login == {"username": "v", "password": "q/%"}
    assert options(topology) == {"host": "one", "port": 1, "db": 5, "username": "u", "password": "p@s/s{}"}


def test_a_cluster_address_gives_all_nodes_login_and_options() -> None:
    topology = parse("rediss+cluster://:p@one,two:7001/?ssl_cert_reqs=none")
    assert topology.kind == "cluster"
    assert topology.hosts == (("one", 6379), ("two", 7001))
    assert topology.is_tls
    assert options(topology) == {"host": "one", "port": 6379, "db": 0, "password": "p", "ssl_cert_reqs": "none"}
    assert topology.url(("::1", 5)) == "rediss://:p@[::1]:5/0?ssl_cert_reqs=none"


def test_a_printed_topology_hides_passwords() -> None:
    printed = repr(parse("redis+sentinel://:s3cr@h/service?sentinel_password=s3cr"))
    assert "s3cr" not in printed
    assert "service" in printed


@pytest.mark.parametrize(
    ("url", "commands", "messages"),
    [
        ("redis://h", connections.FastConnection, Connection),
        ("rediss://h", connections.PromptSSLConnection, SSLConnection),
        ("redis+sentinel://h/service", connections.PromptLedConnection, connections.LedConnection),
        ("rediss+sentinel://h/service", connections.PromptLedSSLConnection, connections.LedSSLConnection),
        ("redis+cluster://h", connections.FastConnection, connections.LocatedConnection),
        ("rediss+cluster://h", connections.PromptSSLConnection, connections.LocatedSSLConnection),
    ],
)
def test_each_address_gets_its_connection_classes(url: str, commands: type, messages: type) -> None:
    assert type(connect(url).connection_pool.make_connection()) is commands
    assert type(connect_pubsub(url).connection_pool.make_connection()) is messages
