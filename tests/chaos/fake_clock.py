"""Gives a Valkey server a clock that a test can set while the server runs, by libfaketime."""

from pathlib import Path

LIBRARIES = ("usr/lib/*/faketime/libfaketime.so.1", "usr/lib*/faketime/libfaketime.so.1")


def library() -> Path:
    """The path of libfaketime. Raises `AssertionError` if it is not installed."""
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern)]
    assert found, "libfaketime is not installed: apt-get install faketime"
    return found[0]


class FakeClock:
    """The clock of a server that is started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """Set the server's clock so many seconds ahead of the machine's, or behind if negative."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", "utf-8")
        new.replace(self._file)  # the server may read it at any moment
