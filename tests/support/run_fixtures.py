"""Fixtures for tests of what training code logs, in any environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run_server import RunServer, run_server


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunServer]:
    """A board that `stickyboard.init()` finds, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with run_server() as server:
        monkeypatch.setenv("STICKYBOARD_URL", server.url)
        monkeypatch.setenv("STICKYBOARD_TOKEN", server.token)
        yield server
