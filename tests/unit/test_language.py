"""The language is taken from Accept-Language, with Chinese as the default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("*", "zh"),
        ("fr", "zh"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.3, en;q=0.7", "en"),
        ("zh;q=0.7, en;q=0.3", "zh"),
        ("en,zh", "zh"),
        ("fr, en;q=0.1", "en"),
        ("en;q=0", "zh"),
        ("en; q=0.9", "en"),
        ("en ; q=0.9, zh ;q=0.1", "en"),
        ("en;Q=0.9", "en"),
        ("en;q=x", "zh"),
        ("english", "zh"),
        ("en-", "en"),
        (",,;q=1,", "zh"),
    ],
)
def test_english_is_chosen_only_when_preferred_to_chinese(header: str | None, language: str) -> None:
    assert preferred(header) == language


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred(header) in ("zh", "en")
