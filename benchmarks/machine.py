"""The machine on which the figures were measured."""

import os
import platform
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("Django", "channels", "msgspec", "uvicorn", "websockets", "wsproto", "uvloop", "daphne", "granian")


def describe() -> dict[str, str]:
    """Return a description of this machine."""
    processor = _read(r"model name\s*: (.*)", "/proc/cpuinfo")
    memory_kb = int(_read(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{processor}, {os.cpu_count()} cores",
        "memory": f"{memory_kb / 1e6:.0f} GB",
        "kernel": platform.release(),
        "system": _read(r'PRETTY_NAME="(.*)"', "/etc/os-release"),
        "Python": platform.python_version(),
        "packages": ", ".join(_versions()),
    }


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


def _read(pattern: str, path: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found[1].strip() if found else ""
