"""Characters that hide others or change their order are written out in texts of tools."""

from hypothesis import given
from hypothesis import strategies as st

from chat.visible_text import HIDDEN, visible, visible_line


def test_hidden_characters_are_written_out() -> None:
    assert visible("safe\u202etxt.exe \u2066a\u2069\u200b\x1b[31m\x00") == (
        "safe\\u202etxt.exe \\u2066a\\u2069\\u200b\\u001b[31m\\u0000"
    )
    assert visible("\U000e0041b\u2028c") == "\\udb40\\udc41b\\u2028c"
    assert visible("a\u3164\u2800\uffa0\U000e0101b") == "a\\u3164\\u2800\\uffa0\\udb40\\udd01b"


def test_lines_tabs_and_what_languages_need_are_kept() -> None:
    text = "a\tb\nc \U0001f469\u200d\U0001f4bb \u05d0\u200f Silben\u00adtrennung \u8bfb \u2764\ufe0f"
    assert visible(text) == text
    assert visible("a\r\nb\rc") == "a\nb\\u000dc"
    assert visible_line(" Read\n a\tfile\u202e ") == "Read a file\\u202e"


@given(st.text())
def test_no_hidden_character_is_left(text: str) -> None:
    assert not HIDDEN.search(visible(text))
    assert not HIDDEN.search(visible_line(text))
    assert "\n" not in visible_line(text)
