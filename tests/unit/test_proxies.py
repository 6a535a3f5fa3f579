"""Only trusted proxies may name the client that a request is counted for."""

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.limits.client_address import UNKNOWN, address_of
from api.middleware.proxies import TrustedProxies

TRUSTED = ("10.0.0.0/8", "fd00::/8")
PROXY, INNER = "10.0.0.1", "10.9.9.9"


async def scope_after(peer: tuple[str, int] | None, *headers: tuple[str, str]) -> Scope:
    """Returns the scope that the application receives."""
    found: list[Scope] = []

    async def app(scope: Scope, _: Receive, __: Send) -> None:
        found.append(scope)

    async def unused(*_: Any) -> Any:
        raise AssertionError("the middleware read or sent a message")

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope: Scope = {"type": "http", "scheme": "http", "client": peer, "headers": raw}
    await TrustedProxies(app, TRUSTED)(scope, unused, unused)
    return found[0]


async def counted_address(forwarded: str, peer: str = PROXY) -> str:
    return address_of(await scope_after((peer, 1234), ("X-Forwarded-For", forwarded)))


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
async def test_a_forwarded_address_is_read_in_every_notation(forwarded: str, network: str) -> None:
    assert await counted_address(forwarded) == network


@pytest.mark.parametrize(
    "entry",
    ["unknown", "_hidden", "_SEVKISEK", "localhost", "visitor.example", "", " ", ",", "-", "192.0.2", "192.0.2.1.5",
     "192.0.2.256", "192.0.2.1:port", "192.0.2.1:", "192.0.2.1/32", "0x7f.1", "[2001:db8::1", "2001:db8::1]", "[]",
     "[192.0.2.1", "2001:db8:::1", "1" * 5000, "\xff", "for=192.0.2.1", "/run/proxy.sock", "%eth0"],
)  # fmt: skip
async def test_an_entry_without_address_counts_for_its_proxy(entry: str) -> None:
    assert await counted_address(entry) == PROXY
    assert await counted_address(f"192.0.2.1, {entry}") == PROXY
    assert await counted_address(f"{entry}, {INNER}") == INNER
    assert await counted_address(f"{entry}, 192.0.2.1") == "192.0.2.1"


async def test_a_missing_header_counts_for_the_proxy() -> None:
    assert address_of(await scope_after((PROXY, 1))) == PROXY


async def test_several_headers_are_joined_into_one_list() -> None:
    scope = await scope_after((PROXY, 1), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", INNER))
    assert address_of(scope) == "192.0.2.1"


@pytest.mark.parametrize("peer", ["192.0.2.9", "2001:db8::9"])
async def test_headers_of_an_untrusted_peer_are_ignored(peer: str) -> None:
    scope = await scope_after((peer, 1), ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Proto", "https"))
    assert scope["client"] == (peer, 1)
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("peer", ["::ffff:10.0.0.1", "fd00::1", "fd00::1%eth0"])
async def test_a_trusted_peer_is_recognised_in_every_notation(peer: str) -> None:
    assert await counted_address("192.0.2.1", peer) == "192.0.2.1"


@pytest.mark.parametrize("peer", [None, ("/run/api.sock", 0), ("", 0), ("testclient", 1)])
async def test_a_peer_without_address_is_counted_as_unknown(peer: tuple[str, int] | None) -> None:
    assert address_of(await scope_after(peer, ("X-Forwarded-For", "192.0.2.1"))) == UNKNOWN


@pytest.mark.parametrize(("forwarded", "scheme"), [("https", "https"), ("http", "http"), ("ftp", "http"), ("", "http")])
async def test_the_scheme_is_taken_from_the_trusted_proxy(forwarded: str, scheme: str) -> None:
    assert (await scope_after((PROXY, 1), ("X-Forwarded-Proto", forwarded)))["scheme"] == scheme
