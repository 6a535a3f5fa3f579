"""The ids that readers of a share link get belong to that link."""

import re

import pytest

from api.sealed_ids import SealedIds

LINK, OTHER = "0" * 40, "0" * 39 + "1"
MESSAGE, FILE = "179519040012345607-q", "8c1f5a0be4a94b7f8f7a0d9c1e2b3a4d"


def test_a_sealed_id_is_found_again_and_says_nothing() -> None:
    ids = SealedIds(LINK)
    sealed = ids.seal(MESSAGE, FILE)
    assert re.fullmatch(r"[\w-]+", sealed)
    assert "1795" not in sealed
    assert sealed == SealedIds(LINK).seal(MESSAGE, FILE)
    assert ids.unseal(sealed) == [MESSAGE, FILE]


def test_an_id_of_another_link_is_found_out() -> None:
    assert SealedIds(OTHER).unseal(SealedIds(LINK).seal(MESSAGE)) == []
    assert SealedIds(OTHER).seal(MESSAGE) != SealedIds(LINK).seal(MESSAGE)


@pytest.mark.parametrize("text", ["", "x", "xx", "=", "????", "/", "消息", "A" * 300, MESSAGE, "\x00"])
def test_any_other_text_has_no_ids(text: str) -> None:
    assert SealedIds(LINK).unseal(text) == []
