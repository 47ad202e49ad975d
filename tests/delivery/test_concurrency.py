"""A coroutine that does not block needs no task, and callers that arrive during a call share the next one."""

import asyncio

import pytest

from broadcast.delivery.concurrency import SingleFlight, begin


class Calls:
    """Counts calls, and answers each with its number while the gate is open."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.flight = SingleFlight[str, int](self.call)

    async def call(self, key: str) -> int:
        self.keys.append(key)
        number = len(self.keys)
        await self.gate.wait()
        if key == "failing":
            raise OSError("gone")
        return number


async def test_callers_at_the_same_time_share_a_call():
    calls = Calls()
    assert await asyncio.gather(*(calls.flight.join("a") for _ in range(3))) == [1, 1, 1]
    assert calls.keys == ["a"]


async def test_a_caller_during_a_call_gets_the_next_one():
    calls = Calls()
    calls.gate.clear()
    early = asyncio.create_task(calls.flight.join("a"))
    while not calls.keys:
        await asyncio.sleep(0)
    late = [asyncio.create_task(calls.flight.join("a")) for _ in range(2)]
    other = asyncio.create_task(calls.flight.join("b"))
    while len(calls.keys) < 2:
        await asyncio.sleep(0)
    assert calls.keys == ["a", "b"], "one call per key at a time"
    calls.gate.set()
    assert (await early, await other, [await task for task in late]) == (1, 2, [3, 3])
    assert calls.keys == ["a", "b", "a"]


async def test_a_cancelled_caller_cancels_no_call():
    calls = Calls()
    calls.gate.clear()
    gone, stays = (asyncio.create_task(calls.flight.join("a")) for _ in range(2))
    while not calls.keys:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    calls.gate.set()
    assert await stays == 1
    assert len(calls.keys) == 1


async def test_a_failure_is_raised_to_all_and_not_stored():
    calls = Calls()
    answers = await asyncio.gather(*(calls.flight.join("failing") for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 3
    assert len(calls.keys) == 1
    with pytest.raises(OSError, match="gone"):
        await calls.flight.join("failing")


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
    await asyncio.wait_for(task, 60)
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
    await asyncio.wait_for(asyncio.ensure_future(rest), 60)
    assert begin(future) is None
