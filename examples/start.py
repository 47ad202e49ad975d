"""Starts a server with the board of an example, and the example's producer, as `make demo` does."""

import os
import sys
from pathlib import Path

from broadcast.management.failures import exit_with_message
from dashboard_project.demo import Show, main

ROOT = Path(__file__).resolve().parent.parent


def start(name: str, text: str) -> int:
    """Run until interrupted; return the exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"examples.{name}.settings"
    os.environ.setdefault("STICKYBOARD_DATA", str(ROOT / "var" / name))
    try:
        with exit_with_message():
            return main(show=Show([sys.executable, "-m", f"examples.{name}.producer"], text))
    except KeyboardInterrupt:
        return 0
