"""Tunes the garbage collector for a long-running server."""

import gc

YOUNG = 20_000
"""New objects between two collections of the young generation.

A request makes thousands of objects, and reference counting alone frees nearly all of them.
"""


def freeze() -> None:
    """Excludes all present objects from future collections. Call it after the start, once everything is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
