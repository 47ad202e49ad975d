"""A board for each test, and settings that the libraries read when they are imported."""

import os

from tests.support.run_fixtures import board

__all__ = ["board"]

os.environ.setdefault("KERAS_BACKEND", "torch")
