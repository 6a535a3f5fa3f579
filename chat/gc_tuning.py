"""Tunes the garbage collector for a long-running server."""

import gc

YOUNG = 20_000
"""Objects between two looks at the young ones. A request makes thousands, nearly all freed by their counts alone."""


def freeze() -> None:
    """Call it once everything is imported and built: what is there now stays, and need not be looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
