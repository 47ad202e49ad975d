"""The load of the machine and of its GPUs."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from stickyboard.runs import Run, RunWarning
from stickyboard.runs.system import SystemMonitor


class NVMLError(Exception):
    pass


def without_power(handle: int) -> float:
    raise NVMLError("not supported")


GPUS = SimpleNamespace(
    NVMLError=NVMLError,
    NVML_TEMPERATURE_GPU=0,
    nvmlInit=lambda: None,
    nvmlDeviceGetCount=lambda: 1,
    nvmlDeviceGetHandleByIndex=lambda index: index,
    nvmlDeviceGetUtilizationRates=lambda handle: SimpleNamespace(gpu=97),
    nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=3, total=4),
    nvmlDeviceGetTemperature=lambda handle, sensor: 70,
    nvmlDeviceGetPowerUsage=without_power,
)


def test_it_measures_the_machine_and_its_gpus(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pynvml", GPUS)
    measured = SystemMonitor(print, print).measure()
    assert 0 < measured["memory/machine %"] <= 100
    assert measured["memory/this process MB"] > 1
    gpu = {name: value for name, value in measured.items() if name.startswith("gpu 0/")}
    assert gpu == {"gpu 0/load %": 97, "gpu 0/memory %": 75, "gpu 0/°C": 70}


def test_it_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.warns(RunWarning, match=r"stickyboard\[system\]"):
        Run("t", url="http://127.0.0.1:1", token="x", folder=tmp_path, system=True).finish(timeout_s=0)
