"""The client that trusted proxies tell of, and the one that a request is counted for."""

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.limits.client_address import UNKNOWN, address_of
from api.middleware.proxies import TrustedProxies

TRUSTED = ("10.0.0.0/8", "fd00::/8")
PROXY, INNER = "10.0.0.1", "10.9.9.9"


async def seen(peer: tuple[str, int] | None, *headers: tuple[str, str]) -> Scope:
    """The scope that the application gets."""
    found: list[Scope] = []

    async def app(scope: Scope, _: Receive, __: Send) -> None:
        found.append(scope)

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is read or sent")

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope: Scope = {"type": "http", "scheme": "http", "client": peer, "headers": raw}
    await TrustedProxies(app, TRUSTED)(scope, nothing, nothing)
    return found[0]


async def counted(forwarded: str, peer: str = PROXY) -> str:
    return address_of(await seen((peer, 1234), ("X-Forwarded-For", forwarded)))


@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:4711", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2::1]:4711"', "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (f"192.0.2.1, {INNER}", "192.0.2.1"),
        (f"{INNER}, 10.0.0.2", INNER),
    ],
)
async def test_an_address_is_read_however_it_is_written(forwarded: str, network: str) -> None:
    assert await counted(forwarded) == network


@pytest.mark.parametrize(
    "entry",
    ["unknown", "_hidden", "_SEVKISEK", "localhost", "visitor.example", "", " ", ",", "-", "192.0.2", "192.0.2.1.5",
     "192.0.2.256", "192.0.2.1:port", "192.0.2.1:", "192.0.2.1/32", "0x7f.1", "[2001:db8::1", "2001:db8::1]", "[]",
     "[192.0.2.1", "2001:db8:::1", "1" * 5000, "\xff", "for=192.0.2.1", "/run/proxy.sock", "%eth0"],
)  # fmt: skip
async def test_an_entry_without_an_address_counts_for_its_proxy(entry: str) -> None:
    assert await counted(entry) == PROXY
    assert await counted(f"192.0.2.1, {entry}") == PROXY
    assert await counted(f"{entry}, {INNER}") == INNER
    assert await counted(f"{entry}, 192.0.2.1") == "192.0.2.1"


async def test_no_list_at_all_counts_for_the_proxy() -> None:
    assert address_of(await seen((PROXY, 1))) == PROXY


async def test_several_headers_are_one_list() -> None:
    scope = await seen((PROXY, 1), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", INNER))
    assert address_of(scope) == "192.0.2.1"


@pytest.mark.parametrize("peer", ["192.0.2.9", "2001:db8::9"])
async def test_a_peer_that_is_not_trusted_speaks_for_itself(peer: str) -> None:
    scope = await seen((peer, 1), ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Proto", "https"))
    assert scope["client"] == (peer, 1)
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("peer", ["::ffff:10.0.0.1", "fd00::1", "fd00::1%eth0"])
async def test_a_trusted_peer_is_known_in_any_writing(peer: str) -> None:
    assert await counted("192.0.2.1", peer) == "192.0.2.1"


@pytest.mark.parametrize("peer", [None, ("/run/api.sock", 0), ("", 0), ("testclient", 1)])
async def test_a_peer_without_an_address_is_counted_all_the_same(peer: tuple[str, int] | None) -> None:
    assert address_of(await seen(peer, ("X-Forwarded-For", "192.0.2.1"))) == UNKNOWN


@pytest.mark.parametrize(("told", "scheme"), [("https", "https"), ("http", "http"), ("ftp", "http"), ("", "http")])
async def test_the_scheme_is_the_trusted_proxys(told: str, scheme: str) -> None:
    assert (await seen((PROXY, 1), ("X-Forwarded-Proto", told)))["scheme"] == scheme
