"""`make demo`: starts, monitors and stops a server and real producers on this machine.

Run as `python -m dashboard_project.demo`, which sets the environment before it loads Django.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from broadcast.management.failures import exit_with_message
from broadcast.management.parser import Parser
from broadcast.server.ports import listen_from, port_number, print_change
from dashboard_project.children import Children, add_parent_option, interrupt_on_end
from dashboard_project.env import read_folder, read_text
from dashboard_project.first_start import prepare_accounts, set_environment
from dashboard_project.network import address, address_for_others, names_of

ROOT = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (ROOT / "manage.py").exists()  # otherwise an installed wheel
FOLDER = ROOT / "var" if IS_CHECKOUT else Path(".stickyboard-demo")
COMMAND = [sys.executable, "-m", "dashboard_project"]
SERVE = [*COMMAND, "serve"]
START_TIMEOUT_S = 60.0


class Show(NamedTuple):
    """What a demo shows: the command of its producers, to which the address is added, and a text about it."""

    command: Sequence[str]
    text: str


LAB = Show(
    [*COMMAND, "run_demo_producers", "--url"],
    """Seven models are learning to tell phishing sites from legitimate ones, row by row, on this machine.
  The macro-F1 bars move, the lanes of six hosts fill, and the embedding is redrawn.""",
)


def main(words: Sequence[str] | None = None, show: Show = LAB) -> int:
    """Run the demo until it is interrupted; return the exit code."""
    options = read_options(words)
    interrupt_on_end(options.parent)
    folder = prepare_environment(read_folder("STICKYBOARD_DATA", FOLDER), options.host)
    with listen_from(options.host, options.port) as listener, Children(ROOT if IS_CHECKOUT else Path.cwd()) as children:
        port = listener.getsockname()[1]
        print_change(options.port, port)
        url = address(options.host, port)
        report("Preparing the database …")
        password, token = prepare_accounts(folder)
        log = folder / f"demo-server-{port}.log"
        report(f"Starting the server (its log: {log}) …")
        command = [*SERVE, f"--fd={listener.fileno()}"]
        server = children.start("server", command, log, environment(), [listener.fileno()])
        if not wait_until_healthy(server, url):
            report(f"The server did not start. The end of {log}:\n{tail(log)}")
            return 1
        introduce(url, token, password, show.text, address_for_others(options.host, port))
        children.start("producers", [*show.command, url], environment=environment(token))
        return watch(children, log)


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; with `words`, that of `stickyboard demo`."""
    name = "make demo" if words is None else "stickyboard demo"
    parser = Parser(prog=name, description="Starts a dashboard with real producers.")
    parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; default: this machine only.")
    parser.add_argument("--port", type=port_number, default=8000, help="First port to try; the next free one is used.")
    add_parent_option(parser)
    return parser.parse_args(words)


def prepare_environment(folder: Path, host: str = "127.0.0.1") -> Path:
    """Set the variables for the settings; everyone may view the demo."""
    settings, hosts = "dashboard_project.settings", ",".join(names_of(host))
    set_environment(folder, DJANGO_SETTINGS_MODULE=settings, STICKYBOARD_PUBLIC="1", STICKYBOARD_HOSTS=hosts)
    os.environ["STICKYBOARD_DATA"] = str(folder)
    # Never use a proxy for this machine.
    direct = read_text("no_proxy") or read_text("NO_PROXY")
    os.environ["no_proxy"] = direct if direct == "*" else ",".join([*filter(None, [direct]), *names_of(host), "::1"])
    return folder


def environment(token: str = "") -> dict[str, str]:
    return {**os.environ, "STICKYBOARD_TOKEN": token, "PYTHONUNBUFFERED": "1"}


def wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the server is healthy; return False if it ends or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError:
            return False
        except OSError:
            time.sleep(0.1)
    return False


def introduce(url: str, token: str, password: str, text: str, others: str = "") -> None:
    """Print the addresses, the token and the password."""
    secret = f"{password} (displayed once)" if password else "as displayed at the first start"
    admin = f"user admin, password {secret}"
    report(
        f"""
  Dashboard   {url}/{f"   from other devices {others}/" if others else ""}
  Admin       {url}/admin/   {admin}
  Health      {url}/healthz
  Your token  {token}   (for every event type)

  {text}
  Reload the page, or open it twice: it is never empty. Press Ctrl-C to stop everything.
"""
    )


def watch(children: Children, log: Path) -> int:
    """Wait until interrupted, or until a process ends unexpectedly; return the exit code."""
    if wait_while(children.all_run, "the producers and the server"):
        return 0
    if children.processes["server"].poll() is not None:
        report(f"The server ended unexpectedly. The end of {log}:\n{tail(log)}")
    elif children.processes["producers"].poll() is not None:
        report("The producers ended unexpectedly; the reason is above.")
    else:
        report("The watchdog was killed; the demo ends.")
    return 1


def wait_while(is_running: Callable[[], bool], what: str) -> bool:
    """Wait until interrupted, and print what is being stopped; return False if a process ends before."""
    try:
        while is_running():
            time.sleep(0.2)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal is closed
            report(f"\nStopping {what} …")
        return True
    return False


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def report(text: str) -> None:
    """Print without buffering."""
    print(text, flush=True)


def as_program(main: Callable[[], int]) -> int:
    """Run until interrupted, and report failures in one sentence; return the exit code."""
    try:
        with exit_with_message():
            return main()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(as_program(main))
