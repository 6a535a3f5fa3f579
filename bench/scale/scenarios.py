"""The loads that are measured: small enough for two cores. Costs are fitted to some, the others are predicted."""

from bench.scale.load import Load

SECONDS = 10
"""How long the replies of a load without turnover take."""


def steady(replies: int, rate: int, readers: int = 1, fitted: bool = False, **fleet: int) -> Load:
    """Returns a load whose replies all run during the whole measurement."""
    return Load(replies, rate, rate * SECONDS, readers, fitted=fitted, **fleet)


def turnover(replies: int, rate: int, tokens: int, fitted: bool = False, **fleet: int) -> Load:
    """Returns a load of short replies, of which others begin and end all the time."""
    turns = round(SECONDS / (tokens / rate + 0.1))
    return Load(replies, rate, tokens, turns=turns, delay=0.1, fitted=fitted, **fleet)


SCENARIOS: dict[str, Load] = {
    "nothing": Load(0, 0, 0, fitted=True),
    "nothing, 4 workers": Load(0, 0, 0, workers=4, fitted=True),
    "nothing, 4 APIs": Load(0, 0, 0, apis=4, fitted=True),
    "300 x 1": steady(300, 1, fitted=True),
    "10 x 50": steady(10, 50, fitted=True),
    "100 x 50": steady(100, 50, fitted=True),
    "300 x 10": steady(300, 10, fitted=True),
    "10 x 20, 20 readers": steady(10, 20, 20, fitted=True),
    "20 x 50, 25 tokens": turnover(20, 50, 25, fitted=True),
    "20 x 50, 25 tokens, 4 workers": turnover(20, 50, 25, workers=4, fitted=True),
    "40 x 5, 8 workers": steady(40, 5, workers=8),
    "1 x 20": steady(1, 20, fitted=True),
    "100 x 20, web": steady(100, 20, webs=1, fitted=True),
    "300 x 1, web": steady(300, 1, webs=1, fitted=True),
    "1 x 50": steady(1, 50),
    "200 x 2": steady(200, 2),
    "40 x 50": steady(40, 50),
    "60 x 100": steady(60, 100),
    "100 x 20": steady(100, 20),
    "200 x 20": steady(200, 20),
    "300 x 20": steady(300, 20),
    "400 x 20": steady(400, 20, fitted=True),
    "40 x 10, 8 readers": steady(40, 10, 8),
    "1 x 50, 100 readers": steady(1, 50, 100),
    "40 x 20, 20 tokens": turnover(40, 20, 20),
    "20 x 50, 25 tokens, 2 workers": turnover(20, 50, 25, workers=2),
    "20 x 50, 25 tokens, 6 workers": turnover(20, 50, 25, workers=6),
    "60 x 50, 100 tokens": turnover(60, 50, 100),
    "100 x 20, 2 workers, 2 APIs": steady(100, 20, workers=2, apis=2),
    "100 x 50, 3 APIs": steady(100, 50, apis=3),
    "100 x 20, 4 workers": steady(100, 20, workers=4),
    "30 x 10, 6 workers": steady(30, 10, workers=6),
    "80 x 20, 8 workers": steady(80, 20, workers=8, fitted=True),
    "60 x 30, 12 workers": steady(60, 30, workers=12),
    "50 x 50, web": steady(50, 50, webs=1),
}
