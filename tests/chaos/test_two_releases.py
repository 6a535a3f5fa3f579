"""The last release and today's code at the same time on one store: the short form of each scenario."""

from collections.abc import AsyncIterator
from itertools import cycle, repeat
from pathlib import Path

import pytest

from tests.chaos import last_release, two_releases
from tests.chaos.deployment import UNHURRIED, Deployment, open_deployment
from tests.support.stack import ROOT


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the last release. Where there is no history of git, as in an archive, the tests are skipped."""
    try:
        return last_release.unpack(tmp_path_factory.mktemp("last-release"))
    except last_release.HistoryMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def mixed(tmp_path: Path, last: Path) -> AsyncIterator[Deployment]:
    """Two workers, the first of which is of the last release; so is the API."""
    async with open_deployment(tmp_path / "mixed", apis=1, workers=2, codes=cycle((last, ROOT))) as deployment:
        yield deployment


async def test_an_upgrade_and_a_rollback_repeat_no_reply(tmp_path: Path, last: Path) -> None:
    async with open_deployment(tmp_path / "d", apis=1, workers=1, codes=repeat(last), **UNHURRIED) as deployment:
        await two_releases.upgraded(deployment, last, rate=2, at_most=4, count=3)


async def test_a_worker_takes_over_from_one_of_the_other_release(mixed: Deployment, last: Path) -> None:
    figures = await two_releases.taken_over(mixed, last, 5)
    assert figures["restarted"] == [5, 5]


async def test_the_last_release_makes_a_continued_reply_again(tmp_path: Path, last: Path) -> None:
    async with open_deployment(tmp_path / "d", apis=1, workers=1, codes=cycle((last, ROOT))) as deployment:
        assert await two_releases.continued(deployment) == ["all of it", "count", "all of it"]
