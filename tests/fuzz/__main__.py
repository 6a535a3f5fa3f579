"""`python -m tests.fuzz [examples]`: the long run."""

import asyncio
import sys
import tempfile
from pathlib import Path

from chat.local import valkey
from tests.fuzz.fuzzing import Outcome, fuzz, unlimited

EXAMPLES = 500


async def run(examples: int) -> Outcome:
    with tempfile.TemporaryDirectory() as name, valkey.running(Path(name)) as url:
        async with unlimited(url, Path(name)) as stack:
            return await fuzz(stack, Path(name), examples)


def main(*arguments: str) -> int:
    outcome = asyncio.run(run(int(arguments[0]) if arguments else EXAMPLES))
    sys.stdout.write(outcome.told)
    sys.stdout.write(f"statuses {dict(sorted(outcome.statuses.items()))}, event streams read {outcome.streams}\n")
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
