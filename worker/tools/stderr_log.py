"""Logs what a tool server on this machine writes to its standard error."""

from asyncio import StreamReader
from collections.abc import Callable
from time import monotonic

import structlog

from chat.tools.servers import ToolServer

LINE_CHARS = 500
LINES, WINDOW_SECONDS = 50, 60.0
"""Lines of a server that are logged within so many seconds. Further ones are counted."""

CHUNK_BYTES = 65_536
SHORTEST_SECRET = 4

logger = structlog.get_logger(__name__)


class StderrLog:
    """Logs the lines of one server, however often it is started. Reads all, so that it never waits for a reader.

    `may_log`: whether lines may be logged now: those of a server that has had calls may quote conversations. Values of
    `env` are left out of lines, and each line of a value that has several.
    """

    def __init__(self, server: ToolServer, may_log: Callable[[], bool]) -> None:
        self._server = server.name
        self._secrets = _secrets_of(server)
        self._may_log = may_log
        self._window_began, self._lines, self._dropped = float("-inf"), 0, 0

    async def read(self, stream: StreamReader) -> None:
        """Reads what one process writes, to its end."""
        rest = b""
        while chunk := await stream.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[: 4 * LINE_CHARS]
            for line in lines:
                self._add(line)
        self._add(rest)
        self._note_dropped()

    def _add(self, line: bytes) -> None:
        text = line[: 4 * LINE_CHARS].decode("utf-8", "replace").strip()
        if not text or not self._may_log():
            return
        if monotonic() - self._window_began >= WINDOW_SECONDS:
            self._note_dropped()
            self._window_began, self._lines = monotonic(), 0
        self._lines += 1
        if self._lines > LINES:
            self._dropped += 1
        else:
            logger.info("tool_server_stderr", server=self._server, line=self._shown(text))

    def _shown(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        shown = "".join(each if each.isprintable() else " " for each in text)
        return shown if len(shown) <= LINE_CHARS else shown[: LINE_CHARS - 1] + "…"

    def _note_dropped(self) -> None:
        if self._dropped:
            logger.info("tool_server_stderr_left_out", server=self._server, lines=self._dropped)
            self._dropped = 0


def _secrets_of(server: ToolServer) -> list[str]:
    """Returns what lines must not have, the longest first: one value may be a part of another."""
    lines = [line.strip() for value in server.env.values() for line in value.get_secret_value().splitlines()]
    return sorted((line for line in lines if len(line) >= SHORTEST_SECRET), key=len, reverse=True)
