"""A clock of Valkey's own, which a test can set while the server runs: libfaketime makes it so."""

from pathlib import Path

LIBRARIES = ("usr/lib/*/faketime/libfaketime.so.1", "usr/lib*/faketime/libfaketime.so.1")


def library() -> Path:
    """Where libfaketime is. Raises `AssertionError` where it is not installed."""
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern)]
    assert found, "libfaketime is not installed: apt-get install faketime"
    return found[0]


class FakeClock:
    """What a server believes about the time, which can be changed while it runs."""

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
        """Have the server's clock be so far ahead (behind, where negative)."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", "utf-8")
        new.replace(self._file)  # the server may read it at any moment
