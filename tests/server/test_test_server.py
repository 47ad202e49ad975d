"""The tests' own server: a server that does not exit cleanly fails its test."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import server as servers
from tests.support import warm
from tests.support.server import Server, free_port

ON_TERM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: {end})
print(flush=True)
time.sleep(300)
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
    server.process.wait(60)
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


@pytest.fixture
def printed(tmp_path):
    """Run a script in a fork; return its exit code and what it printed to its output and as errors."""

    def run(code: str, **environment: str) -> tuple[int, str, str]:
        script = tmp_path / "script.py"
        script.write_text(code)
        done = warm.run([sys.executable, str(script), "a word"], environment, tmp_path)
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_port_is_given_once_in_a_run(monkeypatch):
    given = free_port()
    monkeypatch.setattr(servers, "candidates", iter([given]))  # as another process could pick it
    with pytest.raises(StopIteration):
        free_port()


def test_a_fork_runs_a_script_as_python_does(printed, tmp_path):
    code = """
import os, signal, sys
print(__name__, sys.argv[1], dict(os.environ), os.getcwd(), signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
sys.exit("wrong")
"""
    said = f"__main__ a word {{'NAME': 'value'}} {tmp_path} False\n"
    assert printed(code, NAME="value") == (1, said, "wrong\n")


def test_a_fork_ends_by_the_signal_that_it_was_sent(printed):
    assert printed("import signal; signal.raise_signal(signal.SIGTERM)") == (-signal.SIGTERM, "", "")


def test_a_fork_has_django_but_no_settings_and_no_reactor(printed):
    code = """
import sys
from django.conf import settings
print("django.forms" in sys.modules, settings.configured, "twisted.internet.reactor" in sys.modules)
"""
    assert printed(code) == (0, "True False False\n", "")
