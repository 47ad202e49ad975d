"""What `import stickyboard` costs a program."""

import subprocess
import sys
from pathlib import Path

import pytest

import stickyboard
from stickyboard import Producer
from stickyboard.address import Address, write_address

HEAVY = ("django", "numpy", "channels", "asyncio", "websockets", "msgspec")


def test_importing_it_imports_nothing_heavy():
    code = f"import sys, stickyboard; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_logging_imports_neither_django_nor_numpy():
    code = "import sys, stickyboard; stickyboard.init; print([n for n in ('django', 'numpy') if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_what_belongs_to_a_run_names_init():
    with pytest.raises(AttributeError, match=r"stickyboard\.init"):
        _ = stickyboard.log
    assert not hasattr(stickyboard, "other")


def test_a_producer_finds_the_board_of_this_machine(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STICKYBOARD_URL", raising=False)
    monkeypatch.delenv("STICKYBOARD_TOKEN", raising=False)
    with write_address(tmp_path / ".stickyboard/server.json", Address("http://127.0.0.1:8765", "secret")):
        assert Producer().url.startswith("ws://127.0.0.1:8765/ws/produce/")
