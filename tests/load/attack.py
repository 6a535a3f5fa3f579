"""`python -m tests.load.attack KIND PORT COUNT`: holds so many connections open until standard input ends.

A connection that the server closes is opened again. For each input line it prints a `Tally` as JSON.
"""

import asyncio
import json
import resource
import sys
from dataclasses import asdict, dataclass

from tests.support.slow_clients import Connection, connect, hang_up

AGAIN_SECONDS = 1.0
AT_ONCE = 200
"""Connections that are opened at the same time; fewer than a listener's backlog holds."""

FIRST = {
    "idle": b"",
    "slow-head": b"GET /api/roles HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "slow-body": b"POST /api/chat/turns HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{",
    "keep-alive": b"GET /theme.js HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
"""What each kind sends first. `slow-head` and `slow-body` (slow loris) then send one byte per second."""


@dataclass
class Tally:
    """The open connections, their maximum so far, and how many the server has closed."""

    held: int = 0
    most: int = 0
    closed: int = 0


class Attack:
    """Holds connections of one kind to a port of this machine."""

    def __init__(self, kind: str, port: int) -> None:
        self.tally = Tally()
        self._kind = kind
        self._port = port
        self._opening = asyncio.Semaphore(AT_ONCE)

    async def hold_one(self) -> None:
        """Hold one connection, and open a new one each time the server closes it."""
        while True:
            try:
                async with self._opening:
                    connection = await connect(self._port, FIRST[self._kind])
            except OSError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            self.tally.held += 1
            self.tally.most = max(self.tally.most, self.tally.held)
            try:
                await self._trickle(connection)
            finally:
                self.tally.held -= 1
                await hang_up(connection)
            self.tally.closed += 1

    async def _trickle(self, connection: Connection) -> None:
        """Send one byte per second, if the kind does so, until the server closes the connection."""
        reader, writer = connection
        try:
            while True:
                try:
                    async with asyncio.timeout(AGAIN_SECONDS):
                        while await reader.read(4096):
                            pass
                        return
                except TimeoutError:
                    if self._kind.startswith("slow"):
                        writer.write(b"x")
        except ConnectionError:
            return


async def main(kind: str, port: int, count: int) -> None:
    attack = Attack(kind, port)
    attackers = [asyncio.create_task(attack.hold_one()) for _ in range(count)]
    loop, commands = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while await commands.readline():  # each line asks for the figures
        sys.stdout.write(json.dumps(asdict(attack.tally)) + "\n")
        sys.stdout.flush()
    for attacker in attackers:
        attacker.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)


def raise_open_files() -> int:
    """Raise the limit of open files to the system's maximum, for this process and its children. Returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


if __name__ == "__main__":
    raise_open_files()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
