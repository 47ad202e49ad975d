"""The tests' own server: a server that does not exit cleanly fails its test."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Server

ON_TERM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: {end})
print(flush=True)
time.sleep(30)
"""


def running(folder: Path, end: str) -> Server:
    """Return a server whose process runs this code on SIGTERM."""
    server = Server(folder)
    server.log.write_text("its last words")
    server.process = subprocess.Popen([sys.executable, "-c", ON_TERM.format(end=end)], stdout=subprocess.PIPE)
    assert server.process.stdout is not None
    with server.process.stdout as output:
        output.readline()  # by then its signal handler is installed
    return server


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGSEGV)", "sys.exit(1)", "os._exit(3)"])
def test_a_server_that_does_not_end_well_is_no_silent_success(tmp_path, end):
    server = running(tmp_path, end)
    with pytest.raises(AssertionError, match="its last words"):
        server.stop()


def test_a_server_that_exited_early_is_a_failure(tmp_path):
    server = running(tmp_path, "sys.exit(0)")
    server.process.terminate()
    server.process.wait(10)
    with pytest.raises(AssertionError, match="its last words"):
        server.stop()


@pytest.mark.parametrize(
    "end", ["sys.exit(0)", "(signal.signal(signal.SIGTERM, signal.SIG_DFL), signal.raise_signal(signal.SIGTERM))"]
)
def test_it_may_end_by_itself_or_by_the_signal(tmp_path, end):
    server = running(tmp_path, end)
    server.stop()
    server.stop()  # twice is no error


def test_one_that_was_killed_on_purpose_need_not_end_well(tmp_path):
    server = running(tmp_path, "sys.exit(0)")
    server.kill()
    server.stop()
