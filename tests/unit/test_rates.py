"""Rates are parsed from settings, and addresses are counted by network."""

import pytest
from pydantic import ValidationError

from api.limits.client_address import network_of
from chat.settings import Settings, explain, parse_rate


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [("300/minute", 300, 60), ("5/second", 5, 1), ("20 per 5 seconds", 20, 5), ("7/2 hour", 7, 7200)],
)
def test_a_rate_is_parsed_into_amount_and_seconds(text: str, amount: int, seconds: int) -> None:
    rate = parse_rate(text)
    assert rate is not None
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize("text", ["0", "", " ", "0/minute"])
def test_zero_or_an_empty_rate_means_no_limit(text: str) -> None:
    assert parse_rate(text) is None


@pytest.mark.parametrize("text", ["300", "often", "-1/minute", "5/fortnight", "1/second;5/minute", "1.5/second"])
def test_an_invalid_rate_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(rate_limit_user=text)
    assert "RATE_LIMIT_USER: must be a rate such as 300/minute" in explain(caught.value)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", None),
        ("testclient", None),
    ],
)
def test_an_address_is_counted_by_its_network(host: str, network: str | None) -> None:
    assert network_of(host) == network
