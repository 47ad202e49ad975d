"""Starts a server with the board of an example, and the example's producer, as `make demo` does."""

import os
import sys
from pathlib import Path

from dashboard_project.demo import Show, as_program, main

ROOT = Path(__file__).resolve().parent.parent


def start(name: str, text: str) -> int:
    """Run until interrupted; return the exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"examples.{name}.settings"
    os.environ.setdefault("STICKYBOARD_DATA", str(ROOT / "var" / name))
    show = Show([sys.executable, "-m", f"examples.{name}.producer"], text)
    return as_program(lambda: main(show=show))
