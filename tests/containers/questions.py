"""More questions than those of `tests.chaos.transcripts`, and the scripted model's answers."""

from tests.support.model_server import ModelServer, tell

LONG_WORDS = [f"w{number} " for number in range(74)]
LONG_WHOLE = "".join(LONG_WORDS)
LONG_QUESTION = "A story that takes 37 seconds"
LONG_PAUSE = 0.5

QUICK_QUESTION = "One word"
QUICK_WHOLE = "here"

BULKY_PIECES = [f"{number:04d} ".ljust(4000, "x") for number in range(60)]
BULKY_WHOLE = "".join(BULKY_PIECES)
BULKY_QUESTION = "A story of 240 kB at once"

GROWING_PIECES = [f"{number:04d} ".ljust(4500, "y") for number in range(200)]
GROWING_WHOLE = "".join(GROWING_PIECES)
GROWING_QUESTION = "A story of 900 kB that takes 40 seconds"
GROWING_PAUSE = 0.2


def script(model: ModelServer) -> None:
    model.on(LONG_QUESTION, tell(*LONG_WORDS, pause=LONG_PAUSE))
    model.on(QUICK_QUESTION, tell(QUICK_WHOLE))
    model.on(BULKY_QUESTION, tell(*BULKY_PIECES))
    model.on(GROWING_QUESTION, tell(*GROWING_PIECES, pause=GROWING_PAUSE))
