"""A store that cannot be used is reported with its own sentence, without a retry and without its address."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from chat.store import connect
from chat.store.diagnosis import Fault, fault_of
from launcher import ports, valkey
from tests.integration.test_start import started
from tests.support import certificate
from tests.support.network import relay
from tests.support.stack import SECRET

USER = "s3cr3t-user"
PASSWORD = "s3cr3t-password"
AUTH = f":{PASSWORD}@127.0.0.1"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that wants a password."""
    chosen = ports.free()
    with valkey.running(tmp_path_factory.mktemp("locked"), port=chosen) as url, valkey.client(url) as client:
        client.acl_setuser(USER, enabled=True, passwords=[f"+{PASSWORD}"], commands=["-@all"])
        client.config_set("requirepass", PASSWORD)
        yield chosen


@pytest.fixture(scope="module")
def open_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server without a password."""
    chosen = ports.free()
    with valkey.running(tmp_path_factory.mktemp("open"), port=chosen):
        yield chosen


@pytest.fixture
async def tls_port(port: int, tmp_path: Path) -> AsyncIterator[int]:
    """The port at which the locked server speaks TLS. Its certificate is `cert.pem` in `tmp_path`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate.write(tmp_path))
    async with relay(port, context) as tls:
        yield tls.port


def assert_lasting(fault: Fault | None, words: str, name: str = "REDIS_URL") -> None:
    assert fault is not None
    assert fault.lasting
    assert words in fault.text
    assert fault.text.startswith("The ")
    assert name in fault.text
    assert "s3cr3t" not in fault.text


@pytest.mark.parametrize("name", ["REDIS_URL", "QUEUE_REDIS_URL", "REDIS_HOST"])
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("redis://127.0.0.1:{}/0", "wants a password, and none is given"),
        ("redis://:s3cr3t@127.0.0.1:{}/0", "refuses the password or the user"),
        ("redis://s3cr3t:s3cr3t@127.0.0.1:{}/0", "refuses the password or the user"),
        (f"redis://{USER}:{PASSWORD}@127.0.0.1:{{}}/0", "may not use this Redis"),
        (f"redis://{AUTH}:{{}}/99", "does not have this database"),
        (f"rediss://{AUTH}:{{}}/0", "does not speak TLS"),
        (f"redis+cluster://{AUTH}:{{}}", "is not a Cluster"),
        ("redis+cluster://127.0.0.1:{}", "wants a password"),
        ("redis+cluster://:s3cr3t@127.0.0.1:{}", "refuses the password"),
    ],
)
def test_a_server_that_refuses_for_good_says_why(port: int, name: str, form: str, words: str) -> None:
    assert_lasting(fault_of(name, form.format(port)), words, name)


def test_a_password_for_a_server_without_one_is_reported(open_port: int) -> None:
    assert_lasting(fault_of("REDIS_URL", f"redis://{AUTH}:{open_port}/0"), "has no password, but one is given")


async def test_a_server_that_wants_tls_says_so(tls_port: int) -> None:
    fault = await asyncio.to_thread(fault_of, "REDIS_URL", f"redis://{AUTH}:{tls_port}/0")
    assert_lasting(fault, "accepts only TLS: REDIS_URL must begin with rediss")


async def test_an_untrusted_certificate_is_reported(tls_port: int, tmp_path: Path) -> None:
    address = f"rediss://{AUTH}:{tls_port}/0"
    assert_lasting(await asyncio.to_thread(fault_of, "REDIS_URL", address), "is not trusted: add ?ssl_ca_certs=<file>")
    assert await asyncio.to_thread(fault_of, "REDIS_URL", f"{address}?ssl_ca_certs={tmp_path}/cert.pem") is None


def test_a_usable_server_has_no_fault(port: int, open_port: int) -> None:
    assert fault_of("REDIS_URL", f"redis://{AUTH}:{port}/0") is None
    assert fault_of("REDIS_URL", f"redis://127.0.0.1:{open_port}") is None


@pytest.mark.parametrize(
    ("form", "cause"),
    [
        (f"redis://{AUTH}:{{}}/0", "connection refused"),
        ("redis://:x@s3cr3t.invalid:{}/0", "its host name is unknown"),
        ("unix://:x@/s3cr3t/redis.sock", "its socket does not exist"),
        ("redis+sentinel://:s3cr3t@127.0.0.1:{}/service", "ConnectionError"),
        ("redis+cluster://:s3cr3t@127.0.0.1:{}", "ConnectionError"),
    ],
)
def test_a_server_that_is_away_is_no_lasting_fault(form: str, cause: str) -> None:
    fault = fault_of("REDIS_URL", form.format(ports.free()))
    assert fault is not None
    assert not fault.lasting
    assert f"does not answer ({cause})" in fault.text or "no answer in time" in fault.text
    assert "s3cr3t" not in fault.text


async def test_a_refused_password_is_not_tried_again(port: int) -> None:
    async with relay(port) as link, connect(f"redis://:wrong@127.0.0.1:{link.port}/0") as store:
        with pytest.raises(AuthenticationError):
            await store.ping()
        assert sum(bytes(asked).count(b"AUTH") for asked in link.asked) == 1


async def test_a_missing_password_is_not_tried_again(port: int) -> None:
    async with relay(port) as link, connect(f"redis://127.0.0.1:{link.port}/0") as store:
        with pytest.raises(AuthenticationError):
            await store.ping()
        assert len(link.asked) == 1


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_process_does_not_start_without_the_password(tmp_path: Path, port: int, module: str) -> None:
    address = f"redis://127.0.0.1:{port}/0"
    code, output = await started(tmp_path, module, SECRET_KEY=SECRET, REDIS_URL=address, PORT=str(ports.free()))
    assert (code, output.count("\n")) == (2, 1)
    assert output.startswith("The Redis of REDIS_URL wants a password")
    other = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "REDIS_PASSWORD": "s3cr3t"}
    code, output = await started(tmp_path, module, SECRET_KEY=SECRET, PORT=str(ports.free()), **other)
    assert (code, output.count("\n")) == (2, 1)
    assert output.startswith("The Redis of REDIS_HOST refuses the password")
