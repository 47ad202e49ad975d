"""Where a program sends events if it does not say."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stickyboard.address import (
    Address,
    NoAddress,
    find_address,
    known_address,
    read_address,
    remove_address,
    write_address,
)

LOCAL = Address("http://127.0.0.1:8000", "local")
LAST = Address("http://127.0.0.1:8001", "last")
LOGIN = Address("https://board.example", "login")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STICKYBOARD_URL", raising=False)
    monkeypatch.delenv("STICKYBOARD_TOKEN", raising=False)
    here = tmp_path / "project" / "deep"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    return tmp_path


@pytest.fixture
def running() -> Iterator[Callable[[Path, Address], None]]:
    """Write the address of a server that runs until the end of the test."""
    with ExitStack() as servers:
        yield lambda path, address: servers.enter_context(write_address(path, address)) and None


def test_it_prefers_what_is_given(folder: Path, running: Callable[[Path, Address], None]):
    running(folder / "project/.stickyboard/server.json", LOCAL)
    assert find_address("http://other", "t") == Address("http://other", "t")


def test_it_prefers_the_environment_to_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, running: Callable[[Path, Address], None]
):
    running(folder / "project/.stickyboard/server.json", LOCAL)
    monkeypatch.setenv("STICKYBOARD_URL", "http://env")
    monkeypatch.setenv("STICKYBOARD_TOKEN", "e")
    assert find_address() == Address("http://env", "e")


def test_it_looks_in_this_folder_then_above_then_at_the_user(folder: Path, running: Callable[[Path, Address], None]):
    running(folder / "state/stickyboard/login.json", LOGIN)
    assert find_address() == LOGIN
    running(folder / "state/stickyboard/server.json", LAST)
    assert find_address() == LAST
    running(folder / "project/.stickyboard/server.json", LOCAL)
    assert find_address() == LOCAL


def test_it_finds_the_token_of_a_given_url(folder: Path, running: Callable[[Path, Address], None]):
    running(folder / "project/.stickyboard/server.json", LOCAL)
    running(folder / "state/stickyboard/login.json", LOGIN)
    assert find_address("https://board.example/") == LOGIN


def test_it_names_what_to_do_without_an_address(folder: Path):
    with pytest.raises(NoAddress, match="stickyboard serve"):
        find_address()
    with pytest.raises(NoAddress):
        find_address("http://elsewhere")


def test_it_refuses_a_file_that_others_can_read(folder: Path, running: Callable[[Path, Address], None]):
    path = folder / "project/.stickyboard/server.json"
    running(path, LOCAL)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        find_address()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 1'])
def test_it_refuses_a_damaged_file(tmp_path: Path, text: str):
    path = tmp_path / "login.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ValueError, match="damaged"):
        read_address(path)


def test_it_leaves_the_file_of_a_newer_server(tmp_path: Path, running: Callable[[Path, Address], None]):
    path = tmp_path / "server.json"
    running(path, LAST)
    remove_address(path, LOCAL)
    assert json.loads(path.read_text())["token"] == "last"
    remove_address(path, LAST)
    assert not path.exists()


def test_a_killed_server_counts_as_missing(folder: Path):
    path = folder / "project/.stickyboard/server.json"
    with write_address(path, LOCAL):
        assert find_address() == LOCAL
    with pytest.raises(NoAddress):
        find_address()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/tty"), lambda path: path.mkdir()])
def test_what_is_no_file_is_no_address(tmp_path: Path, make: Callable[[Path], None]):
    make(tmp_path / "login.json")
    assert read_address(tmp_path / "login.json") is None


def test_a_foreign_url_gets_only_its_own_token(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STICKYBOARD_URL", "http://env")
    monkeypatch.setenv("STICKYBOARD_TOKEN", "e")
    assert known_address("http://env/").token == "e"
    with pytest.raises(NoAddress):
        known_address("http://evil.example")


def test_a_folder_does_not_name_the_server_of_a_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, running: Callable[[Path, Address], None]
):
    monkeypatch.setenv("STICKYBOARD_TOKEN", "e")
    running(folder / "project/.stickyboard/server.json", Address("http://evil.example", "x"))
    with pytest.raises(NoAddress):
        find_address()
    running(folder / "project/deep/.stickyboard/server.json", LOCAL)
    assert find_address() == Address(LOCAL.url, "e")
