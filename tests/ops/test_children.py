"""Children end with their parent, however it ends; so do those of a real `make demo` and `make cluster`."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard_project import children
from tests.support.proxy import needs_nginx
from tests.support.server import ROOT, default_signals, free_port

PATIENCE_S = 60
# A child that forks, one that ignores SIGTERM, and one that ends by SIGTERM.
PARENT = """
    import os, sys, time
    from pathlib import Path
    from dashboard_project.children import Children, interrupt_on_end

    sleeper = "import time; print('ready', flush=True); time.sleep(600)"
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + sleeper
    forking = "import os; os.fork();" + sleeper
    interrupt_on_end()
    with Children(Path.cwd(), grace_s=0.5) as children:
        folder = Path(sys.argv[1])
        logs = [folder / str(index) for index in range(3)]
        for code, log in zip((sleeper, stubborn, forking), logs):
            children.start(log.name, [sys.executable, "-c", code], log)
        while not all(log.read_text().startswith("ready") for log in logs):
            time.sleep(0.01)
        print(children.watchdog.pid, flush=True)
        {end}
"""
WAITS = "time.sleep(600)"


def until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def members(group: int) -> list[str]:
    """Return the processes of a group that are not yet dead."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


@contextlib.contextmanager
def parent_of_three(folder: Path, end: str = WAITS) -> Iterator[tuple[subprocess.Popen[str], int]]:
    code = textwrap.dedent(PARENT).replace("{end}", end)
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=default_signals,
    ) as parent:
        assert parent.stdout is not None
        group = int(parent.stdout.readline())
        try:
            yield parent, group
        finally:
            parent.kill()
            parent.wait(PATIENCE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


OTHERS = [pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)]


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), *OTHERS])
def test_children_end_with_a_parent_that_is_sent(number, tmp_path):
    with parent_of_three(tmp_path) as (parent, group):
        assert len(members(group)) == 5, "the watchdog, three children and a fork"
        parent.send_signal(number)
        until(lambda: not members(group), f"left behind: {members(group)}")


OTHER_ENDS = [pytest.param(end, marks=pytest.mark.slow) for end in ("1 / 0", "os.abort()", "os._exit(0)")]


@pytest.mark.parametrize("end", ["raise SystemExit(3)", *OTHER_ENDS])
def test_children_end_with_a_parent_that_ends_by(end, tmp_path):
    with parent_of_three(tmp_path, end) as (_, group):
        until(lambda: not members(group), f"left behind: {members(group)}")


@pytest.mark.slow
def test_a_parent_under_nohup_outlives_its_terminal(tmp_path):
    code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{textwrap.dedent(PARENT)}"
    code = code.replace("{end}", "os.kill(os.getpid(), 1); print('alive', flush=True)")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert "alive" in done.stdout


def test_a_parent_ends_with_the_process_that_it_was_started_for(tmp_path):
    stranger = os.getppid()  # not the parent of the process that is started here
    with parent_of_three(tmp_path, f"interrupt_on_end({stranger}); {WAITS}") as (parent, group):
        assert parent.wait(PATIENCE_S) != 0
        until(lambda: not members(group), f"left behind: {members(group)}")


@pytest.mark.slow
def test_a_child_that_is_late_for_its_group_is_never_executed(tmp_path):
    code = """
        import os, sys
        from pathlib import Path
        from dashboard_project.children import Children

        with Children(Path.cwd()) as children:
            children.watchdog.stdin.close()
            children.watchdog.wait()
            try:
                children.start("touch", ["touch", sys.argv[1]])
                print("ran")
            except PermissionError:
                print("refused")
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "touched")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout == "refused\n", done.stderr
    assert not (tmp_path / "touched").exists()


class Made:
    """A real `make demo` or `make cluster` on a terminal of its own."""

    def __init__(self, target: str, folder: Path) -> None:
        self.terminal, other_end = pty.openpty()
        environment = {**os.environ, "STICKYBOARD_DATA": str(folder), "STICKYBOARD_DEBUG": "0"}
        environment["DJANGO_SETTINGS_MODULE"] = "dashboard_project.settings"
        self.make = subprocess.Popen(
            self.command(target), cwd=ROOT, env=environment, stdin=other_end, stdout=other_end, stderr=other_end,
            start_new_session=True, preexec_fn=self.take_terminal,
        )  # fmt: skip
        os.close(other_end)
        self.said = ""

    @staticmethod
    def command(target: str) -> list[str]:
        """Return the command, with this environment's Python, into which nothing is installed."""
        installed = ".venv-{}.{}/.{}".format(*sys.version_info[:2], target)
        folder = Path(sys.executable).parent
        return [
            "make",
            target,
            f"--old-file={installed}",
            f"BIN={folder}",
            f"PYTHON={sys.executable}",
            f"PORT={free_port()}",
        ]

    @staticmethod
    def take_terminal() -> None:
        default_signals()
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, pattern: str) -> None:
        while not re.search(pattern, self.said):
            self.said += os.read(self.terminal, 4096).decode(errors="replace")

    def groups(self) -> set[int]:
        """Return the groups of the processes in this terminal's session."""
        listed = subprocess.run(["ps", "-A", "-o", "sess=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        return {int(row[1]) for row in rows if row[0] == str(self.make.pid) and not row[2].startswith("Z")}

    def end_all(self) -> None:
        for group in self.groups():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.make.wait(PATIENCE_S)
        with contextlib.suppress(OSError):
            os.close(self.terminal)


CLOSED, MAKE_KILLED, KILLED = "the terminal is closed", "make is killed", "the demo is killed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "how"),
    [
        pytest.param("demo", CLOSED, marks=pytest.mark.chaos),
        ("demo", MAKE_KILLED),
        pytest.param("demo", KILLED, marks=pytest.mark.chaos),
        pytest.param("cluster", CLOSED, marks=[needs_nginx, pytest.mark.chaos]),
        pytest.param("cluster", KILLED, marks=[needs_nginx, pytest.mark.chaos]),
    ],
)
def test_nothing_is_left_of_a_real_one_when(target, how, tmp_path):
    made = Made(target, tmp_path)
    try:
        if how == MAKE_KILLED:
            until(lambda: len(made.groups()) == 2, "the demo starts no children")
        else:
            made.read_until(r"publishing to ")
        assert len(made.groups()) == 2, "one in the foreground, and one of the children"
        if how == CLOSED:
            os.close(made.terminal)
        elif how == MAKE_KILLED:
            made.make.kill()
        else:
            (demo,) = re.findall(r"^ *(\d+)", children_of(made.make.pid))
            os.kill(int(demo), signal.SIGKILL)
        made.make.wait(PATIENCE_S)
        until(lambda: not made.groups(), f"left behind: {made.groups()}")
    finally:
        made.end_all()


def children_of(pid: int) -> str:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in listed.splitlines() if line.split()[1] == str(pid))


def test_an_interrupt_that_python_ignores_counts_later(monkeypatch):
    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    monkeypatch.setattr(children, "is_interrupted", threading.Event())
    children.check_interrupts()
    kept = weakref.ref(deleted := threading.Event(), lambda _: children._interrupt())
    del deleted
    assert kept() is None
    assert [each.exc_type for each in ignored] == [KeyboardInterrupt]
    with pytest.raises(KeyboardInterrupt):
        children.check_interrupts()
