"""The body of a failed response is freed at once, with the callback that took its bytes."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from aiohttp import ClientPayloadError, StreamReader
from aiohttp.client_proto import ResponseHandler

from worker.llm.body import Body
from worker.llm.bounds import TooLarge


class Buffer:
    """Accepts up to three bytes and raises for more."""

    def __call__(self, chunk: bytes) -> bool:
        if len(chunk) > 3:
            raise ValueError
        return True


def feed(data: bytes) -> Callable[[StreamReader], None]:
    return lambda reader: void(reader.feed_data(data))


def later(data: bytes) -> Callable[[StreamReader], None]:
    return lambda reader: void(asyncio.get_running_loop().call_soon(reader.feed_data, data))


def break_off(reader: StreamReader) -> None:
    reader.set_exception(ClientPayloadError())


def break_off_later(reader: StreamReader) -> None:
    asyncio.get_running_loop().call_soon(break_off, reader)


def void(_: object) -> None:
    pass


def opened(do: Callable[[StreamReader], None]) -> Body:
    """Returns the body, of at most five bytes, of a response after `do` has filled or broken its reader."""
    reader = StreamReader(ResponseHandler(asyncio.get_running_loop()), 65_536, loop=asyncio.get_running_loop())
    do(reader)
    stream = SimpleNamespace(_stream=SimpleNamespace(_aiohttp_response=SimpleNamespace(content=reader)))
    return Body(cast("Any", SimpleNamespace(stream=stream)), 5, 0.0 if do is void else 60.0)


async def failed(do: Callable[[StreamReader], None]) -> tuple[type[BaseException], list["weakref.ref[Any]"]]:
    """Returns the error that ended reading, and weak references to the body and to its callback."""
    body, take = opened(do), Buffer()
    references: list[weakref.ref[Any]] = [weakref.ref(body), weakref.ref(take)]
    try:
        await body.read_into(take)
    except Exception as error:
        return type(error), references
    raise AssertionError


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    ("do", "expected"),
    [
        (feed(b"four"), ValueError),
        (later(b"four"), ValueError),
        (feed(b"too many"), TooLarge),
        (break_off, ClientPayloadError),
        (break_off_later, ClientPayloadError),
        (void, httpx2.ReadTimeout),
    ],
    ids=["refused", "refused later", "too large", "broken", "broken later", "silent"],
)
async def test_a_body_that_failed_is_freed_without_a_collection(
    do: Callable[[StreamReader], None], expected: type[BaseException]
) -> None:
    kind, references = await failed(do)
    await asyncio.sleep(0)
    assert kind is expected
    assert [reference() for reference in references] == [None, None]


@pytest.mark.usefixtures("no_collection")
async def test_the_callback_is_freed_before_the_body_after_a_failure() -> None:
    body, take = opened(feed(b"abc")), Buffer()
    body.wait_at_most(0)
    reference = weakref.ref(take)
    with pytest.raises(httpx2.ReadTimeout):
        await body.read_into(take)
    del take
    assert reference() is None


async def test_bytes_before_a_broken_connection_are_read() -> None:
    taken = bytearray()

    def take(chunk: bytes) -> bool:
        taken.extend(chunk)
        return True

    def both(reader: StreamReader) -> None:
        reader.feed_data(b"abc")
        break_off(reader)

    with pytest.raises(ClientPayloadError):
        await opened(both).read_into(take)
    assert taken == b"abc"
