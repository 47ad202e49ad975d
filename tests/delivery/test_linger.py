"""A process stays in a board's group for some seconds after the last page, because a page that is reloaded returns."""

import asyncio

import pytest

from broadcast.conf import Settings
from broadcast.delivery.fanout import LINGER_S
from broadcast.runtime import Runtime
from tests.support.bench import BOARDS
from tests.support.table import TABLE

pytestmark = pytest.mark.virtual_time


class Page:
    def __init__(self, bench) -> None:
        self.layer, conf = bench.layer, Settings(HEADS_S=3600.0)
        self.runtime = Runtime(conf, TABLE, BOARDS, bench.store, bench.layer, bench.publisher)
        self.fanout = self.runtime.fanout_of("main")

    async def come(self) -> None:
        self.fanout.join(self)  # type: ignore[arg-type]  # it is sent nothing
        self.runtime.reconciler.join(self.fanout)
        await self.fanout.is_member()

    async def leave_for(self, seconds: float) -> None:
        self.fanout.drop(self)  # type: ignore[arg-type]
        self.runtime.leave_when_unused(self.fanout)
        await asyncio.sleep(seconds)

    @property
    def is_left(self) -> bool:
        return self.layer.calls["group_discard"] == 1 and self.runtime.reconciler._task is None


@pytest.fixture
async def page(make_bench):
    page = Page(make_bench())
    await page.come()
    yield page
    await page.leave_for(LINGER_S + 1)
    assert page.is_left


async def test_a_page_that_is_reloaded_joins_nothing_again(page):
    await page.leave_for(LINGER_S - 1)
    await page.come()
    await asyncio.sleep(2 * LINGER_S)
    assert page.layer.calls["group_add"] == 1
    assert page.runtime.reconciler._task


async def test_a_board_whose_last_page_left_is_left(page):
    await page.leave_for(LINGER_S + 1)
    assert page.is_left
    page.layer.calls["group_discard"] = 0
    await page.come()
    assert page.layer.calls["group_add"] == 2


async def test_a_process_that_shuts_down_leaves_at_once(page):
    page.runtime.drain.is_begun = True
    await page.leave_for(0.1)
    assert page.is_left
