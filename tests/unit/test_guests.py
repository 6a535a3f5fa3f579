"""Guest tokens are checked, renewed, and kept valid through a change of keys."""

import time
from typing import Any

import jwt
import pytest

from api.auth.guests import ALGORITHM, ISSUER, LIFETIME, RENEW_AFTER, Guests
from chat.errors import BadToken
from chat.settings import Settings

OLD = "q7Vd2kLw9sXz4TnBf8RjHc5yGmPa3EuW"
NEW = "W3aPmGy5cHjR8fBnT4zXs9wLk2dV7qEu"


def guests(key: str = NEW, previous: str = "") -> Guests:
    return Guests(Settings(secret_key=key, secret_key_previous=previous))


def signed(key: str, age: float = 0, **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "guest-x", "iat": now - age, "exp": now - age + LIFETIME, **changed}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, ALGORITHM)


def test_a_signed_token_names_its_guest() -> None:
    read = guests().read(guests().sign("guest-x"))
    assert (read.user_id, read.is_due) == ("guest-x", False)


@pytest.mark.parametrize(("age", "due"), [(RENEW_AFTER - 60, False), (RENEW_AFTER + 60, True)])
def test_a_token_becomes_due_for_renewal_after_a_week(age: float, due: bool) -> None:
    assert guests().read(signed(NEW, age)).is_due == due


@pytest.mark.parametrize("issued", [None, 0])
def test_a_token_without_issue_time_is_due_for_renewal(issued: int | None) -> None:
    assert guests().read(signed(NEW, iat=issued)).is_due


def test_a_token_of_the_previous_key_is_valid_and_due() -> None:
    read = guests(NEW, OLD).read(signed(OLD))
    assert (read.user_id, read.is_due) == ("guest-x", True)


def test_new_tokens_are_signed_with_the_new_key() -> None:
    token = guests(NEW, OLD).sign("guest-x")
    assert guests(NEW).read(token).user_id == "guest-x"
    with pytest.raises(BadToken):
        guests(OLD).read(token)


@pytest.mark.parametrize("previous", ["", "a-third-key-9sXz4TnBf8RjHc5yGmPa"])
def test_a_token_of_a_removed_key_is_refused(previous: str) -> None:
    with pytest.raises(BadToken):
        guests(NEW, previous).read(signed(OLD))


@pytest.mark.parametrize("key", [OLD, NEW])
@pytest.mark.parametrize("changed", [{"exp": 1}, {"exp": None}, {"iss": "x"}, {"sub": None}, {"iat": "soon"}], ids=str)
def test_a_token_with_wrong_claims_is_refused_for_either_key(key: str, changed: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        guests(NEW, OLD).read(signed(key, **changed))
