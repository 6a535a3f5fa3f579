"""The server under test, and what the suite may do with it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

from tests.conformance.control import ModelControl, Operator
from tests.conformance.reader import Reader
from tests.conformance.stream import Stream
from tests.conformance.user import Seen, User
from tests.conformance.verdicts import NotTested, same
from tests.conformance.visitors import Transport, Visitors, plain
from tests.conformance.ways import Way

SILENCE_SECONDS = 20.0
"""How long a stream may be silent (P19)."""


@dataclass(frozen=True)
class Ended:
    """A turn that has ended, and the stream that was read of it from its start to its end."""

    session_id: str
    turn_id: str
    question: str
    stream: Stream

    @property
    def reader(self) -> Reader:
        return self.stream.reader

    @property
    def last_id(self) -> str:
        return self.stream.last.id


@dataclass
class Server:
    """`user` is whom most checks speak for."""

    visitors: Visitors
    user: User
    model_control: ModelControl | None
    operator_hand: Operator | None
    silence_seconds: float
    _ended: dict[str, Ended] = field(default_factory=dict)

    @property
    def seen(self) -> Seen:
        return self.visitors.seen

    @property
    def anonymous(self) -> User:
        """Requests without an identity."""
        return self.visitors.with_token("")

    @property
    def model(self) -> ModelControl:
        """Raises `NotTested` where there is none."""
        if self.model_control is None:
            raise NotTested("it needs a model server that the test directs")
        return self.model_control

    @property
    def operator(self) -> Operator:
        """Raises `NotTested` where there is none."""
        if self.operator_hand is None:
            raise NotTested("it needs a hand on the server's processes, settings or store")
        return self.operator_hand

    @property
    def prefix(self) -> str:
        """What the addresses in answers begin with."""
        return "/api" if urlsplit(self.visitors.url).path.endswith("/api") else ""

    def question(self) -> str:
        """A question that was never asked, with a reply of several words."""
        return f"Count from one to twelve in words. ({uuid4().hex[:12]})"

    async def ended(self, way: Way) -> Ended:
        """A turn that was asked and read to its end in this way; always the same one, so checks may not change it."""
        if way.name not in self._ended:
            self._ended[way.name] = await self.new_ended(way)
        return self._ended[way.name]

    async def new_ended(self, way: Way, user: User | None = None, session_id: str = "") -> Ended:
        """Another one; of `user` and in a new session unless others are given."""
        user = user or self.user
        session_id, question = session_id or await user.start(), self.question()
        async with way.ask(user, session_id, question) as stream:
            same(stream.status, 200, f"status of {way.name}")
            await stream.to_end()
        return Ended(session_id, turn_of(stream), question, stream)


def turn_of(stream: Stream) -> str:
    """The turn that a stream's ids name."""
    return stream.last.id.rpartition(":")[0]


@asynccontextmanager
async def opened(
    url: str,
    *,
    tokens: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    model: ModelControl | None = None,
    operator: Operator | None = None,
    silence_seconds: float = SILENCE_SECONDS,
    transport: Transport = plain,
) -> AsyncIterator[Server]:
    """The server at `url`. Raises `NoUser` where it gives no identity."""
    async with AsyncExitStack() as clients:
        visitors = Visitors(url, tokens, headers or {}, clients, transport)
        yield Server(visitors, await visitors.first(), model, operator, silence_seconds)
