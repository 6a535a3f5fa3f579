"""Names the limits that requests can reach, for metrics."""

from collections.abc import Iterator

from chat.errors import HoldfastError, RateLimited


def limits(error: type[HoldfastError] = HoldfastError) -> Iterator[str]:
    """Yields the name of every limit that can be reached."""
    yield from RateLimited.RATES if error is RateLimited else [error.limit] if error.limit else []
    for kind in error.__subclasses__():
        yield from limits(kind)
