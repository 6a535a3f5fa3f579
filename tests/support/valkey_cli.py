#!/usr/bin/env python
"""A stand-in for the part of `valkey-cli` that documents use: `-e`, REDISCLI_AUTH, one command.

The port is in VALKEY_PORT. Like the real one it prints an error reply and, without `-e`, exits with 0. It speaks RESP
itself, because the import of a client takes longer than all that it does.
"""

import os
import socket
import sys
from typing import BinaryIO


class Refused(Exception):
    """Raised for an error reply, with its text."""


def ask(connection: socket.socket, stream: BinaryIO, *words: str) -> list[str]:
    """Sends a command. Returns the lines of the answer, which `stream` reads. Raises `Refused`."""
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    connection.sendall("".join(parts).encode())
    return read(stream)


def read(stream: BinaryIO) -> list[str]:
    """Reads one answer. Source: https://valkey.io/topics/protocol/, version 2."""
    kind, text = stream.read(1), stream.readline().decode().strip()
    if kind == b"-":
        raise Refused(text)
    if kind == b"$":
        return stream.read(int(text) + 2).decode().splitlines()
    if kind == b"*":
        return [line for _ in range(int(text)) for line in read(stream)]
    return [text]


def main(words: list[str]) -> int:
    """Sends a command and prints the answer. Returns the exit code."""
    strict = words[0] == "-e"
    with socket.create_connection(("127.0.0.1", int(os.environ["VALKEY_PORT"]))) as connection:
        stream = connection.makefile("rb")
        try:
            if password := os.environ.get("REDISCLI_AUTH"):
                ask(connection, stream, "AUTH", password)
            lines, code = ask(connection, stream, *words[strict:]), 0
        except Refused as error:
            lines, code = [str(error)], int(strict)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
