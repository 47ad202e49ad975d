"""`broadcast.progress`: running, done and failed tasks, at a bounded rate."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction

from broadcast import progress
from broadcast.checks.page import check_scenes
from broadcast.errors import StoreUnavailable, UnknownEventType
from broadcast.publishing.progress import EVERY_S, MAX_NOTE, TASK_PROGRESS

TABLE = [TASK_PROGRESS]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shown(sticky, settings):
    """A function that returns a task's stored fields."""
    settings.BROADCAST = {"EVENT_TYPES": f"{__name__}.TABLE"}
    return lambda key="import": sticky.get(f"task_progress:{key}")


def test_a_task_is_running_and_then_done(shown, clock):
    with progress("import", total=4, clock=clock, wall_clock=lambda: 1.5) as task:
        assert shown() == {
            "type": "task_progress",
            "id": "import",
            "task": "import",
            "state": "running",
            "done": 0,
            "total": 4,
            "started": 1.5,
            "remaining": None,
            "note": "",
        }
        clock.now += 10
        task.update(1, note="first file")
        assert (shown()["done"], shown()["remaining"], shown()["note"]) == (1, 30, "first file")
        clock.now += 10
        task.advance(3)
        assert (shown()["done"], shown()["remaining"]) == (4, 0)
    assert (shown()["state"], shown()["remaining"]) == ("done", None)


def test_updates_have_a_bounded_rate_and_the_last_is_published(shown, sticky, clock):
    with progress("import", total=1000, clock=clock) as task:
        for number in range(1, 1001):
            clock.now += EVERY_S / 10
            task.update(number)
        assert sticky.heads()["task_progress"].revision <= 102
    assert (shown()["state"], shown()["done"]) == ("done", 1000)


def test_an_exception_fails_the_task_and_is_raised(shown):
    with pytest.raises(ValueError, match="row 7"), progress("import") as task:
        task.update(6)
        raise ValueError("row 7\ud800" + "!" * 1000)
    assert (shown()["state"], shown()["done"]) == ("failed", 6)
    assert shown()["note"].startswith("ValueError: row 7?!")
    assert len(shown()["note"]) == MAX_NOTE


def test_an_exit_of_the_program_fails_the_task(shown):
    with pytest.raises(KeyboardInterrupt), progress("import"):
        raise KeyboardInterrupt
    assert (shown()["state"], shown()["note"]) == ("failed", "KeyboardInterrupt")


def test_tasks_of_one_name_are_told_apart_by_their_id(shown):
    with progress("import", id="job-1"), progress("import", id="job-2"):
        pass
    assert shown("job-1")["task"] == shown("job-2")["task"] == "import"


@pytest.mark.django_db(transaction=True)
def test_progress_does_not_wait_for_a_commit(shown):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), progress("import"):
        assert shown()["state"] == "running"
        raise ZeroDivisionError
    assert shown()["state"] == "failed"


async def test_an_event_loop_has_progress(shown, clock):
    async with progress("import", total=2, clock=clock) as task:
        clock.now += EVERY_S
        await task.aupdate(1)
        assert shown()["done"] == 1
    assert shown()["state"] == "done"
    with pytest.raises(asyncio.CancelledError):
        async with progress("import"):
            raise asyncio.CancelledError
    assert shown()["state"] == "failed"


async def test_a_block_without_async_is_refused_on_an_event_loop(sticky):
    with pytest.raises(SynchronousOnlyOperation, match="async with progress"), progress("import"):
        pass


def test_a_note_may_be_the_name_of_any_file(shown, clock):
    with progress("import", clock=clock) as task:
        clock.now += EVERY_S
        task.update(1, note=b"caf\xe9.csv".decode(errors="surrogateescape"))
        assert shown()["note"] == "caf?.csv"


def test_threads_share_a_task(shown):
    with progress("import", total=400) as task, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: task.advance(), range(400)))
    assert shown()["done"] == 400


def test_a_failing_store_stops_no_task(shown, sticky, monkeypatch, caplog, clock):
    def fail(*_):
        raise StoreUnavailable("the disk is full")

    with progress("import", clock=clock) as task:
        with monkeypatch.context() as patch:
            patch.setattr(type(sticky), "apply", fail)
            for number in range(3):
                clock.now += EVERY_S
                task.update(number)
        assert caplog.text.count("progress of import") == 1
    assert shown()["state"] == "done"


def test_a_table_without_the_event_type_raises_with_a_note(sticky):
    with pytest.raises(UnknownEventType) as raised, progress("import"):
        pass
    assert "TASK_PROGRESS" in raised.value.__notes__[-1]


def test_the_widget_draws_the_event_type(shown):
    assert [*check_scenes()] == []
