"""The targets. Each is a set of server processes, and a way to ask a question and read the reply."""

from bench.targets.base import Opener
from bench.targets.holdfast import completions, holdfast
from bench.targets.limit import limit
from bench.targets.relay import relay
from bench.targets.resumable import resumable

TARGETS: dict[str, Opener] = {
    "limit": limit,
    "relay": relay,
    "resumable-stream": resumable,
    "holdfast": holdfast,
    "completions": completions,
}
