"""Pure: how a model wants to be asked. Servers refuse parameters that others require."""

from typing import Any


class Dialect:
    """Learns from refusals; one per model."""

    def __init__(self) -> None:
        self._renamed: dict[str, str] = {}
        self._left_out: set[str] = set()

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request in the words that the model takes."""
        return {self._renamed.get(name, name): value for name, value in request.items() if name not in self._left_out}

    def learn(self, refusal: str, refused: dict[str, Any]) -> bool:
        """Whether a refused request (status 400) is to be put differently; `refusal` is what the server said."""
        words = refusal.lower()
        if "max_completion_tokens" in words and "max_tokens" in refused:
            self._renamed["max_tokens"] = "max_completion_tokens"
            return True
        for name in ("temperature", "stream_options"):
            if name in words and name in refused:
                self._left_out.add(name)
                return True
        return False
