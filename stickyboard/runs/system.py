"""The load of the machine that a run is on: processors, memory, disk and GPUs."""

import contextlib
import importlib
import threading
from collections.abc import Callable
from typing import Any, Final

EVERY_S: Final = 10.0
MAX_GPUS: Final = 16


class SystemMonitor:
    """A thread that measures this machine until it is stopped.

    Raises:
        ModuleNotFoundError: psutil is not installed.
    """

    def __init__(self, send: Callable[[dict[str, float]], None], on_problem: Callable[[str], None]) -> None:
        self._psutil: Any = importlib.import_module("psutil")
        self._send, self._on_problem = send, on_problem
        self._process = self._psutil.Process()
        self._gpus = _gpus()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stickyboard system", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def measure(self) -> dict[str, float]:
        """Return the numbers, averages since the last call where a moment would mean nothing."""
        memory, own = self._psutil.virtual_memory(), self._process
        measured = {
            "cpu/machine %": self._psutil.cpu_percent(),
            "cpu/this process %": own.cpu_percent(),
            "memory/machine %": memory.percent,
            "memory/this process MB": own.memory_info().rss / 1e6,
            "disk/used %": self._psutil.disk_usage(".").percent,
        }
        for gpu in self._gpus:
            measured |= gpu()
        return measured

    def _run(self) -> None:
        # The first values of cpu_percent have no interval behind them.
        wait_s = 1.0
        with contextlib.suppress(Exception):
            self.measure()
        while not self._is_stopped.wait(wait_s):
            wait_s = EVERY_S
            try:
                self._send(self.measure())
            except Exception as exc:  # a driver, a container without /proc
                self._on_problem(f"the machine could not be measured: {type(exc).__name__}: {exc}")


def _gpus() -> list[Callable[[], dict[str, float]]]:
    """Return a function for each NVIDIA GPU; none without nvidia-ml-py, a driver or a GPU."""
    try:
        nvml: Any = importlib.import_module("pynvml")
        nvml.nvmlInit()
        count = min(nvml.nvmlDeviceGetCount(), MAX_GPUS)
        return [_gpu(nvml, nvml.nvmlDeviceGetHandleByIndex(index), f"gpu {index}") for index in range(count)]
    except Exception:  # NVMLError, which is not known without the module
        return []


def _gpu(nvml: Any, handle: Any, name: str) -> Callable[[], dict[str, float]]:
    def measure() -> dict[str, float]:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        measured = {
            f"{name}/load %": float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu),
            f"{name}/memory %": 100 * memory.used / memory.total,
        }
        with contextlib.suppress(nvml.NVMLError):  # not every GPU has these sensors
            measured[f"{name}/°C"] = float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
            measured[f"{name}/W"] = nvml.nvmlDeviceGetPowerUsage(handle) / 1000
        return measured

    return measure
