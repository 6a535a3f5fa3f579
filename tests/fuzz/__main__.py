"""`python -m tests.fuzz [examples of each operation] [cases wanted]`: the long run. Fails where it shows too little."""

import asyncio
import sys
import tempfile
from pathlib import Path

from launcher import valkey
from tests.fuzz.fuzzing import Outcome, fuzz, unlimited

EXAMPLES = 500
LEAST = 5000


async def run(examples: int) -> Outcome:
    with tempfile.TemporaryDirectory() as name, valkey.running(Path(name)) as url:
        async with unlimited(url, Path(name)) as stack:
            return await fuzz(stack, Path(name), examples)


def main(*arguments: str) -> int:
    examples, least = (*map(int, arguments), *(EXAMPLES, LEAST)[len(arguments) :])
    outcome = asyncio.run(run(examples))
    sys.stdout.write(outcome.told)
    sys.stdout.write(f"statuses {dict(sorted(outcome.statuses.items()))}, event streams read {outcome.streams}\n")
    faults = outcome.faults(least)
    sys.stdout.writelines(f"failed: {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
