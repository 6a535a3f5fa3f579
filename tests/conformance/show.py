"""`python -m tests.conformance.show URL SESSION QUESTION`: the suite's own reader, as a program for --reader."""

import asyncio
import json
import sys
from dataclasses import asdict

from tests.conformance.readers import own


async def main(url: str, session_id: str, question: str) -> None:
    shown = await own(url, session_id, question)
    sys.stdout.write(json.dumps(asdict(shown)) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
