"""Every test is in an empty folder, without an address of a board."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stickyboard.runs import Run, open_runs
from tests.support.logged_runs import NOWHERE


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No address is known, whatever runs on this machine, and no run is left open by a test that failed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in ("STICKYBOARD_URL", "STICKYBOARD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield
    while (run := open_runs.newest()) is not None:
        run.finish(timeout_s=0)


@pytest.fixture
def unsent(tmp_path: Path) -> Iterator[Run]:
    """A run whose server does not answer."""
    run = Run("t", url=NOWHERE, token="x", folder=tmp_path)
    yield run
    run.finish(timeout_s=0)
