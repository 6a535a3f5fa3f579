"""Pure: bytes of an event stream in, data payloads out.

The SDK's own reader drops a last event without its blank line, and HTTP clients split lines at characters that
JSON may carry as they are (U+2028, U+0085). https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

MAX_FRAME = 1 << 20


class FrameTooLong(ValueError):
    """A single line grew past `MAX_FRAME` bytes."""


class FrameParser:
    """Feed it bytes as they come; it gives the payload of each complete `data:` line."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Looks at the new bytes only: a line may come in a million pieces. Raises `FrameTooLong`."""
        if not self._rest and chunk.find(b"\n") == len(chunk) - 2 and chunk.endswith(b"\n\n") and b"\r" not in chunk:
            return [payload] if (payload := _payload(chunk)) else []  # one frame, as most servers send each by itself
        *ends, rest = chunk.replace(b"\r", b"\n").split(b"\n")
        lines = [self._completed(ends[0]), *ends[1:]] if ends else []
        self._rest += rest
        if len(self._rest) > MAX_FRAME:
            raise FrameTooLong
        return [payload for line in lines if (payload := _payload(line))]

    def finish(self) -> list[bytes]:
        """What is left when the stream ends without a last line break."""
        payload = _payload(self._completed(b""))
        return [payload] if payload else []

    def _completed(self, end: bytes) -> bytes:
        """The line that began earlier and has its end now."""
        self._rest += end
        line = bytes(self._rest)
        self._rest.clear()
        return line


def _payload(line: bytes) -> bytes:
    return line[5:].strip() if line.startswith(b"data:") else b""
