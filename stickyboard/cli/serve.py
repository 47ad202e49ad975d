"""`stickyboard serve`: a board from this folder."""

import argparse
import contextlib
import io
import json
import shlex
import signal
import socket
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from broadcast.management.parser import Parser
from broadcast.server.ports import listen, listen_from, port_number, print_change
from dashboard_project.children import check_interrupts, interrupt_on_end
from dashboard_project.first_start import prepare_accounts
from dashboard_project.network import address, address_for_others, names_of
from stickyboard.address import FOLDER, SERVER, Address, remove_address, user_folder, write_address
from stickyboard.cli.local import LocalBoard, add_data_option
from stickyboard.cli.reload import serve_again
from stickyboard.cli.starter import STARTER

FIRST_PORT: Final = 8000
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def run(words: Sequence[str]) -> int:
    options = read_options(words)
    end_in_order()
    is_public = options.public or options.host in LOOPBACK
    board = LocalBoard(options.data.absolute(), options.board and options.board.absolute())
    inherited = options.fd is not None
    with listener_of(options) as listener:
        if options.reload and board.file and not inherited:
            return serve_again(words, board.file, listener)
        names = ",".join(names_of(options.host))
        with board.used_alone():
            board.set_environment(STICKYBOARD_PUBLIC=str(int(is_public)), STICKYBOARD_HOSTS=names)
            return serve(options, board, listener, address(options.host, listener.getsockname()[1]))


def read_options(words: Sequence[str]) -> argparse.Namespace:
    made = parser()
    options = made.parse_args(words)
    if options.reload and options.board is None:
        made.error(f"--reload needs a file: stickyboard serve {STARTER} --reload")
    return options


def listener_of(options: argparse.Namespace) -> socket.socket:
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    return listen_from(options.host, FIRST_PORT) if options.port is None else listen(options.host, options.port)


def end_in_order() -> None:
    """Treat SIGTERM and a closed terminal like Ctrl-C, so that the address is removed."""
    interrupt_on_end()
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # The web server handles SIGTERM itself: it closes its connections, and then raises it again.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="stickyboard serve",
        description="Serves a board from this folder, and creates whatever is missing: folder, secret, database, and "
        "token. Everything that is stored is there again at the next start.",
    )
    made.add_argument("board", nargs="?", type=Path, metavar="BOARD.py", help="File with your event types and boards.")
    made.add_argument("--host", default="127.0.0.1", help="Address to listen on; default: this machine only.")
    made.add_argument("--port", type=port_number, help=f"Port; default: the first free one from {FIRST_PORT}.")
    add_data_option(made)
    made.add_argument("--public", action="store_true", help="Let everyone view the boards who can reach the address.")
    made.add_argument("--open", action="store_true", help="Open the board in a browser.")
    made.add_argument(
        "--reload", action="store_true", help="Restart when BOARD.py changes; an error keeps the old one."
    )
    made.add_argument("--quiet", action="store_true", help="Do not print the addresses.")
    made.add_argument("--fd", type=int, help=argparse.SUPPRESS)  # a listening socket, see `reload`
    made.add_argument("--access-log", action="store_true", help="Log each request.")
    return made


def serve(options: argparse.Namespace, board: LocalBoard, listener: socket.socket, url: str) -> int:
    """Prepare the board and serve it on a socket that listens already."""
    from stickyboard.cli.commands import naming_failures

    with naming_failures():
        import django

        django.setup()
        from broadcast.conf import settings
        from broadcast.management.commands.serve import application
        from broadcast.server.run import serve as serve_application
        from stickyboard.cli.board_file import check_board

        check_board(board.file)
        needs_login = settings().REQUIRE_LOGIN is not False
        password, token = prepare_accounts(board.folder, needs_admin=needs_login)
        board.remember_file()
        known = Address(url, token)
        with contextlib.ExitStack() as until_end, contextlib.suppress(KeyboardInterrupt):
            for file in (board.server_file, user_folder() / SERVER):  # for clients on this machine
                until_end.enter_context(write_address(file, known))
                until_end.callback(remove_address, file, known)
            if not options.quiet:
                introduce(options, board, url, login_of(password, options.data) if needs_login else "")
            if options.open and not options.quiet:
                webbrowser.open(url)  # the socket listens already, so the browser waits
            log_level = "info" if options.access_log else "warning"
            more = {"access_log": options.access_log, "log_level": log_level}
            check_interrupts()  # from here on, the web server handles signals
            serve_application(application(), fd=listener.fileno(), workers=settings().PROCESSES, **more)
    return 0


def introduce(options: argparse.Namespace, board: LocalBoard, url: str, login: str) -> None:
    port = int(url.rpartition(":")[2])
    others = address_for_others(options.host, port)
    print_change(options.port or FIRST_PORT, port)
    print(f"  Board   {url}/", flush=True)
    if others:
        print(f"  Others  {others}/", *qr_code(f"{others}/"), sep="\n")
    if login:
        print(f"  Login   {login}")
    print(f"  Send    {first_command()}")
    print(f"  Stored  {board.folder}")
    if options.board is None and Path(STARTER).is_file():
        print(f"  Note    {STARTER} is not served; to serve it: stickyboard serve {STARTER}")
    print("  Stop    Ctrl-C", flush=True)


def login_of(password: str, data: Path) -> str:
    """Return who logs in with which password: the new one, or how to set another one. Needs Django."""
    from django.contrib.auth import get_user_model

    if password:
        return f"user admin, password {password} (displayed once)"
    folder = [] if data == Path(FOLDER) else ["--data", str(data)]
    admin = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if admin is None:
        return f"create a user: {shlex.join(['stickyboard', 'manage', 'createsuperuser', *folder])}"
    command = shlex.join(["stickyboard", "manage", "changepassword", admin.get_username(), *folder])
    return f"user {admin.get_username()}, password as displayed at the first start; to set another one: {command}"


def first_command() -> str:
    """Return what sends the first event: of the board file's first event type, or of a run."""
    from broadcast.events.schemas import example_of
    from stickyboard.cli.settings import declared

    if not declared.event_types:
        return 'import stickyboard; run = stickyboard.init(); run.log({"loss": 0.3})'
    event = example_of(declared.event_types[0])
    fields = [f"{name}={value}" for name, value in event.items() if name != "type"]
    if all(str(value).isidentifier() or type(value) in (int, float) for value in event.values()):
        return shlex.join(["stickyboard", "send", event["type"], *fields])
    return shlex.join(["stickyboard", "send", "--json", json.dumps(event)])


def qr_code(text: str) -> list[str]:
    """Return a QR code for the terminal; nothing where the output is not a terminal that can display it."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if not sys.stdout.isatty() or encoding != "utf8":
        return []
    try:
        import segno
    except ModuleNotFoundError:
        return []
    lines = io.StringIO()
    segno.make(text, micro=False).terminal(lines, compact=True, border=2)
    return [lines.getvalue().rstrip()]
