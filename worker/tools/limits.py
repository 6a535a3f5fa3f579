"""Says when a reply may call no more tools. Pure."""

from dataclasses import dataclass

NOT_RUN = "Not run: {} Answer with what you have."


@dataclass(frozen=True)
class ToolLimits:
    """What a reply with tools may take: requests to the model, calls, seconds, and tokens (0 = any number)."""

    steps: int
    calls: int
    seconds: float
    tokens: int

    def reached(self, steps: int, seconds: float, tokens: int) -> str | None:
        """Returns why the calls of another step are not run, as a text for the model; None where they are.

        `steps`: those whose calls were run. `seconds`: since the attempt began. `tokens`: of all requests so far.
        """
        if steps >= self.steps:
            return NOT_RUN.format(f"a reply may call tools {self.steps} times, one after the other.")
        if seconds >= self.seconds:
            return NOT_RUN.format(f"a reply may call tools for {self.seconds:.0f} seconds.")
        if self.tokens and tokens >= self.tokens:
            return NOT_RUN.format(f"a reply may take {self.tokens} tokens.")
        return None

    @property
    def no_more_calls(self) -> str:
        """Why a call beyond the limit of calls is not run, as a text for the model."""
        return NOT_RUN.format(f"a reply may have {self.calls} calls of tools.")
