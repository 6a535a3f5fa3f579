"""A DNS server (RFC 1035, A records only) with one answer, which a test may change."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

HEADER = 12
TYPE_A = 1
POINTER_TO_QUESTION = b"\xc0\x0c"


class NameServer(asyncio.DatagramProtocol):
    """Answers each query, for any name, with these IPv4 addresses. `asked` counts the queries."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        self._transport.sendto(self._answer(data), addr)

    def _answer(self, query: bytes) -> bytes:
        end = query.index(b"\0", HEADER) + 5  # after the name, 4 bytes of type and class
        question = query[HEADER:end]
        wants_a = int.from_bytes(question[-4:-2]) == TYPE_A
        records = [_record(address) for address in self.addresses] if wants_a else []
        counts = b"".join(count.to_bytes(2) for count in (1, len(records), 0, 0))
        return query[:2] + b"\x85\x80" + counts + question + b"".join(records)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["NameServer"]:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        try:
            yield self
        finally:
            transport.close()


def _record(address: str) -> bytes:
    packed = socket.inet_aton(address)
    return POINTER_TO_QUESTION + b"\x00\x01\x00\x01" + (1).to_bytes(4) + len(packed).to_bytes(2) + packed
