"""A state is built once for all requests, only as often as needed, and in a bounded number of versions."""

import asyncio
from typing import Any

from broadcast.delivery.compression import Deflated, deflated
from broadcast.delivery.state_cache import ALWAYS_NEW_BYTES, MAX_REST_S, MAX_VERSIONS, StateCache
from broadcast.delivery.updates import Update
from broadcast.types import Cursor

NAMES = ("keyed",)
LARGE = ALWAYS_NEW_BYTES + 1


class Store:
    """A board whose state is a number; it answers while `may_answer` is set."""

    def __init__(self, size: int = 1, **options: int) -> None:
        self.now, self.number, self.size, self.reads, self.took_s = 0.0, 0, size, 0, 0.0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._update: Update | None = None
        self.builds: list[str] = []
        self.cache = StateCache(self.read, lambda: self.now, compress=self.compress, **options)

    def compress(self, text: str, escape: Any) -> Deflated:
        self.builds.append(text)
        return deflated(text, escape)

    async def read(self, names: Any) -> Update:
        self.reads += 1
        number = self.number
        await self.may_answer.wait()
        self.now += self.took_s
        if self._update is None or self._update.heads["keyed"].revision != number:
            self._update = Update("x" * self.size, {"keyed": Cursor("e", number)}, self.size)
        return self._update

    async def ask(self) -> int:
        return (await self.cache.of(NAMES)).heads["keyed"].revision

    async def change(self) -> None:
        self.number += 1
        self.now += 0.001


async def test_it_is_built_once_for_concurrent_requests() -> None:
    store = Store()
    assert await asyncio.gather(*(store.ask() for _ in range(50))) == [0] * 50
    assert (len(store.builds), store.reads) == (1, 1)


async def test_it_is_not_built_again_until_it_changes() -> None:
    store = Store()
    states = []
    for _ in range(5):
        store.now += 1
        states.append(await store.cache.of(NAMES))
    assert len(store.builds) == len(set(states)) == 1


async def test_a_request_after_a_change_gets_the_change() -> None:
    store = Store()
    for number in range(5):
        assert await store.ask() == number
        await store.change()
    assert len(store.builds) == 5


async def test_a_request_during_a_read_gets_the_next_state() -> None:
    store = Store()
    store.may_answer.clear()
    early = asyncio.create_task(store.ask())
    while not store.reads:
        await asyncio.sleep(0)
    await store.change()
    late = [asyncio.create_task(store.ask()) for _ in range(20)]
    await asyncio.sleep(0)
    store.may_answer.set()
    assert await early == 0
    assert await asyncio.gather(*late) == [1] * 20
    assert len(store.builds) == 2


async def test_a_large_one_is_built_a_tenth_of_the_time_at_most() -> None:
    store = Store(LARGE)
    store.took_s = 0.5
    assert await store.ask() == 0  # ready at 0.5, so valid until 5.0
    await store.change()
    store.now = 4.9
    assert await store.ask() == 0
    assert store.reads == 1
    store.now = 5.1
    assert await store.ask() == 1
    assert len(store.builds) == 2


async def test_a_large_slow_one_is_still_built_now_and_then() -> None:
    store = Store(LARGE)
    store.took_s = 100.0
    await store.ask()
    await store.change()
    store.now = 100.0 + MAX_REST_S + 0.1
    assert await store.ask() == 1


async def test_slow_downloads_keep_no_more_than_a_few_versions() -> None:
    store = Store(max_bytes=1)
    held = set()
    for _ in range(10):
        held.add(await store.cache.of(NAMES))
        await store.change()
    assert len(held) == len(store.builds) == MAX_VERSIONS
    held.clear()
    assert await store.ask() == store.number


async def test_slow_downloads_of_small_states_make_none_old() -> None:
    store = Store()
    held = []
    for number in range(10):
        held.append(await store.cache.of(NAMES))
        assert held[-1].heads["keyed"].revision == number
        await store.change()
