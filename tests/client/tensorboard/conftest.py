"""A board for each test."""

from tests.support.run_fixtures import board

__all__ = ["board"]
