"""`python -m tests.conformance URL`: whether a server keeps the promises of docs/protocol.md, one line for each.

With --reader a program is tested in place of a server. It is given a base URL, a session's id and a question; it asks,
follows the reply, and prints {"text": …, "thinking": …, "ending": "end", "error" or "history"}.

Ends with 1 where a promise is broken, and with 2 where nothing could be tested.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

import httpx2

from tests.conformance import readers
from tests.conformance.catalogue import CHECKS, IN_ORDER, UNTESTABLE
from tests.conformance.server import Server, opened
from tests.conformance.suite import Outcome, judge
from tests.conformance.visitors import NoUser

COUNTED = {"holds": "hold", "broken": "broken", "not tested here": "not tested here"}


async def of_server(server: Server, numbers: Sequence[str]) -> AsyncIterator[Outcome]:
    """Run the checks of these promises."""
    for check in IN_ORDER:
        if check.number in numbers:
            yield await judge(check.number, partial(check, server))
    for number, reason in UNTESTABLE.items():
        if number in numbers:
            yield Outcome(number, "not tested here", reason)


async def of_reader(command: str, numbers: Sequence[str]) -> AsyncIterator[Outcome]:
    """Run the checks of readers with a program."""
    play = readers.Play(readers.program(command))
    for number, check in readers.CHECKS.items():
        if number in numbers:
            yield await judge(number, partial(check, play))


async def report(found: AsyncIterator[Outcome]) -> int:
    """Print each outcome as it comes, then how many there are of each kind; 1 where a promise is broken."""
    verdicts: list[str] = []
    async for outcome in found:
        verdicts.append(outcome.verdict)
        say(str(outcome))
    say(", ".join(f"{verdicts.count(kind)} {words}" for kind, words in COUNTED.items()))
    return 1 if "broken" in verdicts else 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def check_server(url: str, tokens: Sequence[str], headers: Mapping[str, str], numbers: Sequence[str]) -> int:
    """Test the server at `url`; the exit code."""
    try:
        async with opened(url, tokens=tokens, headers=headers) as server:
            return await report(of_server(server, numbers))
    except (NoUser, httpx2.TransportError, httpx2.InvalidURL, ValueError) as error:
        sys.stderr.write(f"{url} cannot be tested: {type(error).__name__}: {error}\n")
        return 2


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__, formatter_class=form)
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("url", nargs="?", metavar="URL", help="a server's base URL, such as http://127.0.0.1:8000")
    tested.add_argument("--reader", metavar="COMMAND", help="a reader: a program with its first arguments")
    parser.add_argument(
        "--token",
        action="append",
        default=[],
        help="a user's bearer token; a second one is another user's. Else guests",
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="sent with every request to the server"
    )
    parser.add_argument("--only", nargs="+", metavar="NUMBER", help="some promises, such as P17 P20, or R4")
    given = parser.parse_args(words)
    known = [*readers.CHECKS] if given.reader else [check.number for check in CHECKS] + [*UNTESTABLE]
    given.only = given.only or known
    if unknown := set(given.only) - set(known):
        parser.error(f"no such promise: {', '.join(sorted(unknown))}")
    return given


def headers_of(lines: Sequence[str]) -> dict[str, str]:
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def main(given: argparse.Namespace) -> int:
    if given.reader:
        return await report(of_reader(given.reader, given.only))
    return await check_server(given.url, given.token, headers_of(given.header), given.only)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(arguments())))
    except KeyboardInterrupt:
        sys.exit(130)
