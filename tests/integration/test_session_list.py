"""A user's list of sessions keeps its order and its marks, also while processes of 0.1.0 run."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from chat import keys
from chat.errors import UnknownSession
from chat.list_errors import TooManyPinned, TooManyTags
from chat.marks import MarksChange
from chat.session_list import MAX_PINNED, MAX_TAGS, SHOWN, SessionList, View
from chat.settings import Settings
from chat.store import Redis, connect
from tests.support.chat_fixture import USER, ChatFixture

ARCHIVED = View(archived=True)


@pytest.fixture
async def listed(chat: ChatFixture) -> SessionList:
    """Returns a list without sessions."""
    await chat.store.flushall()
    return SessionList(chat.store, Settings())


async def ids(listed: SessionList, view: View = SHOWN, limit: int = 100, offset: int = 0) -> list[str]:
    return list((await listed.page(USER, limit, offset, view)).marks)


async def add(listed: SessionList, *names: str) -> None:
    for number, name in enumerate(names):
        assert await listed.add(USER, name, 1000 + number)


async def test_pinned_sessions_come_first_and_archived_ones_apart(listed: SessionList) -> None:
    await add(listed, "a", "b", "c", "d")
    await listed.mark(USER, "a", MarksChange(pinned=True))
    await listed.mark(USER, "d", MarksChange(archived=True))
    assert (await ids(listed), await ids(listed, ARCHIVED)) == (["a", "c", "b"], ["d"])
    assert ((await listed.page(USER, 1, 0)).total, (await listed.page(USER, 1, 0, ARCHIVED)).total) == (3, 1)
    assert await ids(listed, limit=1, offset=1) == ["c"]
    assert await ids(listed, offset=3) == []
    assert await listed.ids(USER) == ["a", "c", "b", "d"]


async def test_pinning_takes_out_of_the_archive_and_back(listed: SessionList) -> None:
    await add(listed, "a")
    await listed.mark(USER, "a", MarksChange(archived=True, tags=["x"]))
    assert (await listed.mark(USER, "a", MarksChange(pinned=True))).model_dump() == {
        "pinned": True, "archived": False, "tags": ["x"]
    }  # fmt: skip
    assert (await listed.mark(USER, "a", MarksChange(archived=True))).pinned is False
    assert (await listed.marks(USER, "a")).archived is True


async def test_a_tag_lists_its_sessions_in_the_same_order(listed: SessionList) -> None:
    await add(listed, "a", "b", "c", "d")
    for name in "abd":
        await listed.mark(USER, name, MarksChange(tags=["ж/\"work\"", "idea"]))  # fmt: skip
    await listed.mark(USER, "a", MarksChange(pinned=True))
    await listed.mark(USER, "b", MarksChange(archived=True))
    tag = 'ж/"work"'
    assert await ids(listed, View(tag=tag)) == ["a", "d"]
    assert await ids(listed, View(archived=True, tag=tag)) == ["b"]
    counted = [each.model_dump() for each in (await listed.tags(USER)).counts]
    assert counted == [{"tag": name, "sessions": 2, "archived": 1} for name in ("idea", tag)]
    await listed.mark(USER, "a", MarksChange(tags=[]))
    assert await ids(listed, View(tag=tag)) == ["d"]
    await listed.remove(USER, "a", "b", "c", "d")
    assert (await listed.tags(USER)).counts == []


async def test_a_used_session_leaves_the_archive_and_stays_pinned(chat: ChatFixture, listed: SessionList) -> None:
    await add(listed, "a", "b")
    await listed.mark(USER, "a", MarksChange(archived=True, tags=["x"]))
    await listed.mark(USER, "b", MarksChange(pinned=True))
    for name in "ba":
        script = listed.touch_call(USER, name)
        await script.script.load(chat.store, script.keys, script.args)
    assert (await ids(listed), await ids(listed, ARCHIVED)) == (["b", "a"], [])
    assert await ids(listed, View(tag="x")) == ["a"]


async def test_tags_do_not_count_what_0_1_0_deleted(chat: ChatFixture, listed: SessionList) -> None:
    """Also archived sessions, which 0.1.0 may have dropped from its list instead: these are counted on."""
    sessions = [await chat.sessions.create(USER, "assistant") for _ in range(4)]
    names = [each.session_id for each in sessions]
    for name in names:
        await listed.mark(USER, name, MarksChange(tags=["x", name], archived=name in names[2:]))
    await chat.store.zrem(keys.user_sessions(USER), *names[1:])
    await chat.store.unlink(keys.session(names[1]), keys.session(names[2]))
    counts = {each.tag: (each.sessions, each.archived) for each in await chat.sessions.tags(USER)}
    assert counts == {"x": (1, 1), names[0]: (1, 0), names[3]: (0, 1)}


async def test_removed_sessions_leave_nothing(chat: ChatFixture, listed: SessionList) -> None:
    await add(listed, "a", "b")
    await listed.mark(USER, "a", MarksChange(pinned=True, tags=["x", "y"]))
    await listed.mark(USER, "b", MarksChange(archived=True, tags=["x"]))
    await listed.remove(USER, "a", "b")
    assert await chat.store.keys("*") == []


async def test_expired_sessions_leave_the_list_with_marks(chat: ChatFixture, listed: SessionList) -> None:
    await add(listed, "a", "b", "c")
    await listed.mark(USER, "a", MarksChange(pinned=True))
    await listed.mark(USER, "b", MarksChange(archived=True, tags=["x"]))
    await listed.add(USER, "d")
    limited = SessionList(chat.store, Settings(session_expire_time=3600, max_sessions_per_user=2))
    assert await limited.add(USER, "new")
    assert await listed.ids(USER) == ["new", "d"]
    assert await chat.store.keys("*") == [keys.user_sessions(USER)]
    await listed.mark(USER, "d", MarksChange(archived=True))
    assert not await limited.add(USER, "one too many")


async def lives(chat: ChatFixture) -> set[int]:
    """Returns after how many hours the keys of the list and of its marks expire."""
    names = await chat.store.keys("*")
    assert len(names) == 8, names
    return {round(await chat.store.pttl(name) / 3_600_000) for name in names}


async def test_marks_live_as_long_as_the_list(chat: ChatFixture, listed: SessionList) -> None:
    """Whichever release renews the list, and for however long."""
    hour = SessionList(chat.store, Settings(session_expire_time=3600))
    await listed.add(USER, "a")
    await listed.add(USER, "b")
    await listed.mark(USER, "a", MarksChange(pinned=True, tags=["x", "y"]))
    await hour.mark(USER, "b", MarksChange(archived=True, tags=["x", "z"]))
    assert await lives(chat) == {1}
    for hours in (5, 2):
        await chat.store.expire(keys.user_sessions(USER), hours * 3600)  # as 0.1.0 does
        await ids(hour)
        assert await lives(chat) == {5}, "the longer time of both"
    await hour.renew(USER)
    assert await lives(chat) == {1}


async def test_pins_and_tags_have_limits(listed: SessionList) -> None:
    names = [f"s{number}" for number in range(MAX_PINNED + 1)]
    await add(listed, *names)
    for name in names[:-1]:
        await listed.mark(USER, name, MarksChange(pinned=True))
    with pytest.raises(TooManyPinned):
        await listed.mark(USER, names[-1], MarksChange(pinned=True))
    await listed.mark(USER, names[0], MarksChange(pinned=True))
    for number in range(0, MAX_TAGS, 4):
        tags = [f"t{number + each}" for each in range(4)]
        await listed.mark(USER, names[number // 4], MarksChange(tags=tags))
    with pytest.raises(TooManyTags):
        await listed.mark(USER, names[-1], MarksChange(tags=["one more"]))
    await listed.mark(USER, names[-1], MarksChange(tags=["t1"]))
    with pytest.raises(UnknownSession):
        await listed.mark(USER, "missing", MarksChange(pinned=True))


async def earlier_release(store: Redis, step: str, name: str, now: float) -> None:
    """Does what 0.1.0 does with its only list: it uses, creates or deletes a session, or drops what looks too old."""
    listing = keys.user_sessions(USER)
    if step == "use":
        await store.execute_command("ZADD", listing, "XX", str(now), name)
    elif step == "create":
        await store.zadd(listing, {name: now})
    elif step == "delete":
        await store.zrem(listing, name)
    else:
        await store.zremrangebyscore(listing, "-inf", "(0")


@dataclass
class Entry:
    """What a list in memory has of a session. `dropped`: 0.1.0 does not list it any more."""

    activity: float
    pinned: bool = False
    archived: bool = False
    tags: frozenset[str] = frozenset()
    dropped: bool = False


CHANGES = [
    *(MarksChange(pinned=value) for value in (True, False)),
    *(MarksChange(archived=value) for value in (True, False)),
    *(MarksChange(tags=tags) for tags in ((), "x", "xy", "yz", "xyz")),
]


@dataclass
class Mixture:
    """Steps of today's code and of 0.1.0, which knows only one zset, on the same list."""

    store: Redis
    listed: SessionList
    chance: random.Random
    entries: dict[str, Entry] = field(default_factory=dict)
    now: float = 2000

    @property
    def listing(self) -> str:
        return keys.user_sessions(USER)

    async def step(self) -> None:
        self.now += 1
        known = [name for name, entry in self.entries.items() if not entry.dropped]
        steps: list[Callable[[str], Awaitable[None]]] = [self.mark, self.mark, self.mark, self.delete, self.old_use]
        if known and self.chance.random() < 0.8:
            await self.chance.choice([*steps, self.old_delete])(self.chance.choice(known))
        else:
            await self.chance.choice([self.create, self.old_create, self.old_drop])(f"s{self.now:.0f}")

    async def mark(self, name: str) -> None:
        entry, change = self.entries[name], self.chance.choice(CHANGES)
        await self.listed.mark(USER, name, change)
        entry.pinned = not change.archived and (entry.pinned if change.pinned is None else change.pinned)
        entry.archived = not change.pinned and (entry.archived if change.archived is None else change.archived)
        entry.tags = entry.tags if change.tags is None else frozenset(change.tags)

    async def create(self, name: str) -> None:
        await self.listed.add(USER, name, self.now)
        self.entries[name] = Entry(self.now)

    async def delete(self, name: str) -> None:
        await self.listed.remove(USER, name)
        del self.entries[name]

    async def old_create(self, name: str) -> None:
        await self.store.zadd(self.listing, {name: self.now})
        self.entries[name] = Entry(self.now)

    async def old_use(self, name: str) -> None:
        await self.store.execute_command("ZADD", self.listing, "XX", str(self.now), name)
        self.entries[name].activity, self.entries[name].archived = self.now, False

    async def old_delete(self, name: str) -> None:
        """Spares what is marked as archived: it looks like one that was dropped. `Sessions` finds that it is gone."""
        if not (await self.listed.marks(USER, name)).archived:
            await self.store.zrem(self.listing, name)
            del self.entries[name]

    async def old_drop(self, _: str) -> None:
        await self.store.zremrangebyscore(self.listing, "-inf", "(0")
        for entry in self.entries.values():
            entry.dropped = entry.archived

    async def compare(self) -> None:
        order = sorted(self.entries, key=lambda name: (self.entries[name].pinned, self.entries[name].activity))[::-1]
        shown, hidden = ([name for name in order if self.entries[name].archived is each] for each in (False, True))
        if self.chance.random() < 0.5:  # before or after pages are read, which put right what they show
            await self.compare_tags()
        assert await ids(self.listed, limit=3) == shown[:3]
        assert await ids(self.listed, offset=2) == shown[2:]
        for tag in "xyz":
            assert await ids(self.listed, View(tag=tag)) == self.tagged(shown, tag)
            assert await ids(self.listed, View(archived=True, tag=tag)) == self.tagged(hidden, tag)
        assert await ids(self.listed, ARCHIVED) == hidden
        for entry in self.entries.values():
            entry.dropped = False  # reading has put them right
        await self.compare_tags()

    async def compare_tags(self) -> None:
        found = Counter((tag, entry.archived) for entry in self.entries.values() for tag in entry.tags)
        counts = (await self.listed.tags(USER)).counts
        assert {each.tag: (each.sessions, each.archived) for each in counts} == {
            tag: (found[tag, False], found[tag, True]) for tag, _ in found
        }

    def tagged(self, names: list[str], tag: str) -> list[str]:
        return [name for name in names if tag in self.entries[name].tags]


@pytest.mark.parametrize("seed", range(6))
async def test_any_mixture_of_releases_keeps_the_list_true(chat: ChatFixture, listed: SessionList, seed: int) -> None:
    mixture = Mixture(chat.store, listed, random.Random(seed))
    for _ in range(100):
        await mixture.step()
        if mixture.chance.random() < 0.7:
            await mixture.compare()


async def test_a_page_costs_the_same_in_a_list_of_any_length(unshared_url: str) -> None:
    """Counted by the server: 10,000 sessions, of which all but one are archived."""
    async with connect(unshared_url) as store:
        await store.flushall()
        listed, count = SessionList(store, Settings(max_sessions_per_user=0)), 10_000
        names = keys.session_lists(USER)
        await store.zadd(names[0], {f"s{number}": number - 1e10 for number in range(count)})
        await store.zadd(names[2], {f"s{number}": number for number in range(count)})
        marks = {f"s{number}": '{"archived":true}' for number in range(count)}
        await store.execute_command("HSET", names[1], *sum(marks.items(), ()))
        await listed.add(USER, "one")
        await store.config_resetstat()
        assert await ids(listed) == ["one"]
        assert len(await ids(listed, ARCHIVED, offset=9000)) == 100
        info = await store.info("commandstats")
        read = sum(
            info.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("zrevrange", "zrange", "zscore", "hget")
        )
        assert read < 1000
