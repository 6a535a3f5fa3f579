"""`make docs-test`: runs all blocks of the documents and prints a table of them.

python -m tests.documents [--long] [--quick] [options of pytest, such as -k README]
"""

import argparse
import os
import sys

import pytest

from launcher.console import say
from tests.documents import blocks
from tests.documents.fresh_copy import LONG
from tests.documents.table import Table

OTHER_TESTS = sorted({block.argument for block in blocks.with_way("by") if "/test_" in block.argument})


def main() -> int:
    parser = argparse.ArgumentParser(prog="make docs-test", description=__doc__)
    parser.add_argument("--long", action="store_true", help="also what takes many minutes, such as make bench")
    parser.add_argument("--quick", action="store_true", help="only what the suite runs as well")
    given, words = parser.parse_known_args()
    if given.long:
        os.environ[LONG] = "1"
    table = Table()
    others = [test for test in OTHER_TESTS if not test.startswith("tests/documents/")]
    slow = [] if given.quick else ["-o", "python_files=test_*.py slow_*.py"]
    code = pytest.main(["-q", "tests/documents", *others, *slow, *words], plugins=[table])
    say("\n" + "\n".join(table.lines(given.long)))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
