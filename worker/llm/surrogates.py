"""Joins characters that a server split over two chunks."""


class SurrogateJoiner:
    """Joins the halves of surrogate pairs. A half without its counterpart becomes U+FFFD."""

    def __init__(self) -> None:
        self._half = ""

    def join(self, text: str) -> str:
        """Returns the text without a half at its end, which waits for the next piece."""
        if text.isascii() and not self._half:
            return text
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def finish(self) -> str:
        """Returns U+FFFD if the text ended in half a pair, otherwise nothing."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""
