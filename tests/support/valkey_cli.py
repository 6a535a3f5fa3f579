#!/usr/bin/env python
"""A stand-in for the part of `valkey-cli` that documents use: `-e`, REDISCLI_AUTH, one command.

The port is in VALKEY_PORT. Like the real one it prints an error reply and, without `-e`, exits with 0.
"""

import os
import sys

from redis import Redis, RedisError


def main(words: list[str]) -> int:
    """Sends a command and prints the answer. Returns the exit code."""
    strict = words[0] == "-e"
    client = Redis(port=int(os.environ["VALKEY_PORT"]), password=os.environ.get("REDISCLI_AUTH"), decode_responses=True)
    try:
        answer = client.execute_command(*words[strict:])
    except RedisError as error:
        sys.stdout.write(f"{error}\n")
        return int(strict)
    lines = [f"{name}:{value}" for name, value in answer.items()] if isinstance(answer, dict) else [answer]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
