"""`python -m tests.fuzz [examples per operation] [required cases]` does the long run and fails if it is too short."""

import asyncio
import sys
import tempfile
from pathlib import Path

from launcher import valkey
from tests.fuzz.fuzzing import Outcome, fuzz, unlimited

EXAMPLES = 500
MIN_CASES = 5000


async def run(examples: int) -> Outcome:
    with tempfile.TemporaryDirectory() as name, valkey.running(Path(name)) as url:
        async with unlimited(url, Path(name)) as stack:
            return await fuzz(stack, Path(name), examples)


def main(*arguments: str) -> int:
    examples, min_cases = (*map(int, arguments), *(EXAMPLES, MIN_CASES)[len(arguments) :])
    outcome = asyncio.run(run(examples))
    sys.stdout.write(outcome.output)
    sys.stdout.write(f"statuses {dict(sorted(outcome.statuses.items()))}, event streams read {outcome.streams}\n")
    faults = outcome.faults(min_cases)
    sys.stdout.writelines(f"failed: {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
