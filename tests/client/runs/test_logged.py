"""What a run logs of odd values, and what it warns of."""

import asyncio
import errno
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stickyboard.runs import Run, RunError, RunWarning
from tests.support.logged_runs import NOWHERE, Applied, begin, written
from tests.support.scripted_server import acknowledge, serving


class Hostile:
    shape = ()

    def item(self) -> float:
        raise ZeroDivisionError("no")


def test_one_bad_value_does_not_prevent_the_others(unsent: Run):
    with pytest.warns(RunWarning, match="ZeroDivisionError") as caught:
        for _ in range(3):
            unsent.log({"bad": Hostile(), "loss": 1})
    assert [event["values"] for event in written(unsent)[1:]] == [{"loss": 1}] * 3
    assert unsent.problems == 3
    assert {each.filename for each in caught if each.category is RunWarning} == {__file__}


@pytest.mark.parametrize("values", [3, None, [("loss", 1)]])
def test_what_is_no_dict_is_a_warning(unsent: Run, values: Any):
    with pytest.warns(RunWarning, match="expected a dict"):
        unsent.log(values)


async def test_the_status_counts_values_that_are_not_finite(tmp_path: Path):
    script = Applied()
    async with serving(script) as server:
        run = begin(server, tmp_path)
        run.log({"loss": float("nan"), "norm": float("inf"), "acc": 1})
        run.log({"loss": float("nan")})
        await asyncio.to_thread(run.finish, timeout_s=60)
    assert [event["odd"] for event in script.events if event["type"] == "run"] == [0, 3]


@pytest.mark.parametrize("step", [float("nan"), "seven", object()])
def test_a_step_that_is_no_number_is_replaced(unsent: Run, step: Any):
    unsent.log({"loss": 1}, step=4)
    with pytest.warns(RunWarning, match="step"):
        unsent.log({"loss": 1}, step=step)
    assert written(unsent)[-1]["step"] == 5


def test_warnings_that_are_errors_do_not_end_the_program(unsent: Run, capsys: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unsent.log({"x": object()})
    assert "'x'" in capsys.readouterr().err


def test_a_full_disk_is_a_warning(unsent: Run, monkeypatch: pytest.MonkeyPatch):
    def write(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.warns(RunWarning, match="No space"):
        patched.setattr("os.write", write)
        unsent.log({"loss": 1})
        unsent.log({"loss": 1})
    unsent.log({"loss": 1})
    assert [event["step"] for event in written(unsent)[1:]] == [2]


async def test_it_raises_if_it_is_strict(tmp_path: Path):
    async with serving(acknowledge) as server:
        run = begin(server, tmp_path, strict=True)
        with pytest.raises(RunError, match="'x'"):
            run.log({"x": object()})
        await asyncio.to_thread(run.finish, timeout_s=60)
        with pytest.raises(RunError, match="finished"):
            run.log({"loss": 1})


def test_threads_log_whole_lines(unsent: Run):
    threads = [threading.Thread(target=lambda: [unsent.log({"a": 1}) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(unsent)) == 801


def test_ranks_share_a_name_and_other_runs_do_not(tmp_path: Path):
    runs = [Run("t", url=NOWHERE, token="x", folder=tmp_path, rank=rank) for rank in (0, 1, None, None)]
    assert [run.series for run in runs[:2]] == ["t rank 0", "t rank 1"]
    assert len({run.series for run in runs}) == 4
    for run in runs:
        run.finish(timeout_s=0)


def test_more_numbers_than_fit_are_several_events(unsent: Run):
    unsent.log({f"layer/{n}": n for n in range(450)})
    events = written(unsent)[1:]
    assert [len(event["values"]) for event in events] == [200, 200, 50]
    assert len({event["lane"] for event in events}) == 3


def test_the_config_is_any_settings_object(tmp_path: Path):
    @dataclass
    class Settings:
        lr: float

    run = Run("t", Settings(3e-4), url=NOWHERE, token="x", folder=tmp_path)
    assert written(run)[0]["config"] == {"lr": 3e-4}
    with pytest.warns(RunWarning, match="config"):
        run.config["text"] = "x" * 40_000
        run.finish(timeout_s=0)
