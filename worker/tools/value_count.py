"""Counts the values of a JSON text as it arrives, because each takes far more memory than its bytes. Pure."""

VALUES = 100_000
"""Values of one answer. Reading as many blocks a worker's event loop for half a second and takes some 60 MB."""

PIECE = 65_536


class ValueCount:
    """Counts values by the commas and opening brackets outside strings."""

    def __init__(self) -> None:
        self.total = 0
        self._is_in_string = False
        self._rest = b""

    def add(self, text: bytes) -> None:
        """Counts the next part of the text."""
        for begin in range(0, len(text), PIECE):
            self._add(text[begin : begin + PIECE])

    def begin_again(self) -> None:
        """Counts from zero, for another text."""
        self.total, self._is_in_string, self._rest = 0, False, b""

    def _add(self, piece: bytes) -> None:
        piece = self._rest + piece
        backslashes = len(piece) - len(piece.rstrip(b"\\"))
        kept = len(piece) - backslashes % 2  # what an odd one escapes is in the next part
        piece, self._rest = piece[:kept], piece[kept:]
        parts = piece.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b" ".join(parts[self._is_in_string :: 2])
        self.total += sum(outside.count(mark) for mark in (b",", b"[", b"{"))
        self._is_in_string ^= len(parts) % 2 == 0
