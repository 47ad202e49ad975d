"""A coroutine that does not block is done without a task; one that does goes on in one."""

import asyncio

import pytest

from broadcast.delivery.eager import begin


async def test_what_does_not_block_is_done_at_once():
    done = []

    async def work() -> None:
        done.append(asyncio.all_tasks())

    before = asyncio.all_tasks()
    assert begin(work()) is None
    assert done == [before]


async def test_what_blocks_goes_on_where_it_stopped():
    steps, gate, second_gate = [], asyncio.Event(), asyncio.Event()

    async def work() -> None:
        steps.append(1)
        await gate.wait()
        steps.append(2)
        await asyncio.sleep(0)
        await second_gate.wait()
        steps.append(3)

    rest = begin(work())
    assert steps == [1]
    task = asyncio.ensure_future(rest)
    gate.set()
    second_gate.set()
    await asyncio.wait_for(task, 5)
    assert steps == [1, 2, 3]


async def test_an_error_before_it_blocks_is_raised_here():
    async def work() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        begin(work())


async def test_an_error_after_it_blocked_is_raised_in_the_task():
    async def work() -> None:
        await asyncio.sleep(0)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await begin(work())


async def test_cancelling_the_task_reaches_where_it_waits():
    seen = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.ensure_future(begin(work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_a_timeout_inside_is_the_rests_own():
    async def work() -> None:
        await asyncio.sleep(0)
        async with asyncio.timeout(0):
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        await asyncio.ensure_future(begin(work()))


async def test_what_is_no_coroutine_but_can_be_awaited_is_begun_too():
    future = asyncio.get_running_loop().create_future()
    rest = begin(future)
    assert rest is not None
    future.set_result(None)
    await asyncio.wait_for(asyncio.ensure_future(rest), 5)
    assert begin(future) is None
