"""Fixtures for all suites: one Valkey, and one stack that most tests share. Each test has a user of its own."""

import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from hypothesis import settings
from redis.asyncio import Redis

from launcher import ports, valkey
from tests.support import interrupts, privacy, processes
from tests.support.client import Client
from tests.support.clusters import running_cluster
from tests.support.databases import DATABASES, STORE, client_of, note_queue, numbered
from tests.support.file_order import ordered
from tests.support.forks import shared_forks
from tests.support.guard import MARK, guarded, left
from tests.support.keyspace import empty
from tests.support.model_server import ModelServer
from tests.support.port_share import own_share
from tests.support.privacy import leaks_of_run
from tests.support.stack import KEY, NEXT_SECRET, SECRET, Stack, run_stack
from tests.support.waiting import PATIENCE

_CLIENTS = {
    "timeout": PATIENCE,  # the default of 5 s is too short for a busy machine
    "verify": httpx2.create_ssl_context(),  # shared: to read the certificates again takes 20 ms of each client
}
for _client in (httpx2.Client, httpx2.AsyncClient):
    _defaults = _client.__init__.__kwdefaults__
    assert _defaults
    assert _defaults.keys() >= _CLIENTS.keys()
    _defaults.update(_CLIENTS)

used_fixtures: set[str] = set()
"""The fixtures of the tests that this process ran. With pytest-xdist each process runs some of the files."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    used_fixtures.update(getattr(item, "fixturenames", ()))


def pytest_configure(config: pytest.Config) -> None:
    """Make sure that a killed run leaves no process: pytest's own workers and everything that they started."""
    interrupts.keep_from_children()
    ports.NEVER_GIVEN_AWAY = own_share(ports.NEVER_GIVEN_AWAY, os.environ)
    guard = ExitStack()
    guard.enter_context(guarded())
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        guard.enter_context(shared_forks())  # for the processes that pytest-xdist starts
    config.add_cleanup(guard.close)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage meanwhile, and leave modules and tests, which stay, out of later collections."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = ordered(list(dict.fromkeys(file_of(item) for item in items)))
    places = {file: place for place, file in enumerate(order)}
    items.sort(key=lambda item: places[file_of(item)])


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.fixture(scope="session", autouse=True)
def _nothing_left() -> Iterator[None]:
    """Fail the run if a test left a process running."""
    yield
    assert left(os.environ[MARK]) == {}


@pytest.fixture(scope="session", autouse=True)
def _private_logs(_nothing_left: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run if a log contains a key, a token or text of a user. Runs when all processes have ended."""
    yield
    found, everything = leaks_of_run(tmp_path_factory.getbasetemp(), (KEY, SECRET, NEXT_SECRET))
    assert found == []
    if {"stack", "guests"} & used_fixtures:
        assert privacy.written, "processes ran, but none of their logs was checked"
    if privacy.said and privacy.written:
        events = ("turn_opened", "turn_begun")  # a test may open a turn itself
        assert any(each in everything for each in events), "questions were asked, but no log has events for them"
        assert "turn_begun" in everything or "worker_ready" not in everything


@pytest.fixture(scope="session", autouse=True)
def _forking(_private_logs: None) -> Iterator[None]:
    """Fork the product's processes from one that has imported it."""
    with processes.forking():
        yield


# The duration of an example depends on the machine. The same examples each time: only the long form looks for new ones.
settings.register_profile("patient", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey for the whole run; with HOLDFAST_TEST_STORE=cluster, of a Cluster (queues are in Valkey)."""
    with valkey.running(tmp_path_factory.mktemp("valkey"), "--databases", str(DATABASES)) as url:
        if os.environ.get("HOLDFAST_TEST_STORE") != "cluster":
            yield url
            return
        with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
            note_queue(cluster.url, url)
            yield cluster.url


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Redis]:
    """A client of a database that is empty at the start and not used by the shared stack."""
    async with client_of(numbered(redis_url, STORE)) as client:
        await empty(client)
        yield client


@pytest.fixture(scope="session")
async def stack(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The shared stack: one API and one worker."""
    async with run_stack(redis_url, tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def model(stack: Stack) -> ModelServer:
    return stack.model


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


@pytest.fixture
async def session_id(user: Client) -> str:
    """The ID of a new session of `user`."""
    return await user.start()
