"""What is left of a user's limit of requests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """`limit`: requests in any window of `seconds`. `remaining`: those that are left now."""

    limit: int
    remaining: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """Returns the headers of OpenAI's API (https://platform.openai.com/docs/guides/rate-limits).

        The window moves, so it is empty once it has passed without another request.
        """
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": f"{self.seconds}s",
        }
