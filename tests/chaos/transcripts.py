"""The questions that simulated users ask, and the scripted model's answers."""

from tests.support.model_server import ModelServer, break_off, tell

WORDS = [f"w{number} " for number in range(100)]
WHOLE = "".join(WORDS)
PAUSE = 0.03
QUESTION = "A story that takes three seconds"
CALM_WORDS = WORDS[:30]
CALM_WHOLE = "".join(CALM_WORDS)
CALM_PAUSE = 0.1
CALM_QUESTION = "A story that takes three seconds, with few words"
"""For a steady load: many replies at once, while this machine also runs the servers, the model and the readers."""

BROKEN_QUESTION = "A story whose model breaks off"


def script(model: ModelServer) -> None:
    model.on(QUESTION, tell(*WORDS, pause=PAUSE))
    model.on(BROKEN_QUESTION, break_off(*CALM_WORDS[:10]))
    model.on(CALM_QUESTION, tell(*CALM_WORDS, pause=CALM_PAUSE))
