"""The everyday commands: Django's commands of this project, under short names and on the board of this folder."""

import argparse
import contextlib
import io
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from broadcast.management.parser import Parser
from dashboard_project.command_line import is_help
from stickyboard.address import NoAddress, find_address
from stickyboard.cli.local import LocalBoard, add_data_option, existing_board, has_board

DJANGO_COMMANDS: Final = {  # under their short names
    "serve": "serve",
    "send": "send_event",
    "watch": "watch",
    "show": "show_sticky",
    "clear": "clear_sticky",
    "dump": "dump_sticky",
    "load": "load_sticky",
    "check": "check_sticky",
    "share": "share_board",
    "token create": "create_producer_token",
    "token list": "list_producer_tokens",
    "token revoke": "revoke_producer_token",
}
DJANGO_OPTIONS: Final = {
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}


def watch(words: Sequence[str]) -> int:
    """Follow the board that runs here, unless an address is given."""
    given = list(words)
    if needs_url(words):
        try:
            url = find_address().url
        except (NoAddress, ValueError) as exc:
            sys.exit(str(exc))
        given += ["--url", url]
        if not any(word.startswith("--board") for word in words):
            given += ["--board", first_board(url)]
    return run_command("watch", given)


def needs_url(words: Sequence[str]) -> bool:
    return not {word.split("=")[0] for word in words} & {"--url", "-h", "--help"}


def first_board(url: str) -> str:
    """Return the board that the server shows at its root: `runs` if it has no `main`."""
    try:
        with urllib.request.urlopen(f"{url}/api/state/main", timeout=5):
            return "main"
    except urllib.error.HTTPError as exc:
        return "runs" if exc.code == 404 else "main"
    except OSError:
        return "main"  # the command reports that the server does not answer


def share(words: Sequence[str]) -> int:
    """Create a share link at the address of the board that runs here, unless another one is given."""
    given = list(words)
    if needs_url(words):
        with contextlib.suppress(NoAddress, ValueError):
            given += ["--url", find_address().url]
    return run_command("share", given)


def manage(words: Sequence[str]) -> int:
    from django.core.management import BaseCommand, ManagementUtility

    from broadcast.management.failures import without_prefix

    class Utility(ManagementUtility):
        def fetch_command(self, subcommand: str) -> BaseCommand:
            return without_prefix(super().fetch_command(subcommand))

    data, rest = split_data(words)
    with board_environment(data, needs_board=not is_help(rest)):
        Utility(["stickyboard manage", *(rest or ["help"])]).execute()
    return 0


def token(words: Sequence[str]) -> int:
    parser = Parser(
        prog="stickyboard token",
        description="Creates, lists and revokes the tokens with which producers send events.",
        epilog="Options of each: stickyboard token create --help",
    )
    parser.add_argument(
        "action", choices=("create", "list", "revoke"), nargs="?", default="list", help="Default: list."
    )
    options = parser.parse_args(words[:1])
    return run_command(f"token {options.action}", words[1:])


def check(words: Sequence[str]) -> int:
    """Check a board file and the settings, and then what is stored."""
    parser = Parser(
        prog="stickyboard check",
        description="Checks the event types and boards, the settings, and the stored data if there is any.",
    )
    parser.add_argument(
        "board", nargs="?", type=Path, metavar="BOARD.py", help="File with your event types and boards."
    )
    add_data_option(parser)
    parser.add_argument("--verbose", action="store_true", help="List the widget of each event type.")
    parser.add_argument("--quiet", action="store_true", help="Print errors only.")
    options = parser.parse_args(words)
    file = options.board and options.board.absolute()
    with board_environment(options.data, needs_board=has_board(options.data), file=file):
        import django
        from django.core.management import call_command

        from stickyboard.cli.board_file import check_board

        django.setup()
        check_board(file)
        if not options.quiet:
            call_command("check", verbosity=2 if options.verbose else 1, stdout=WithoutSummary())
            print(checked_text())
            if has_board(options.data):
                call_command("check_sticky")
    return 0


class WithoutSummary(io.TextIOBase):
    """Prints what Django's check prints, except for its last line, which does not say what was checked."""

    def write(self, text: str) -> int:
        return len(text) if text.startswith("System check identified") else sys.stdout.write(text)


def checked_text() -> str:
    """Return what has no errors: the board file, if there is one, and the settings. Needs its settings."""
    from broadcast.ops.display_text import count_text
    from stickyboard.cli.settings import BOARDS, FILE, declared

    found = "The settings have no errors."
    if not FILE:
        return found
    types = count_text(len(declared.event_types), "event type", "event types")
    boards = count_text(len(BOARDS) - 1, "board", "boards")  # without that of runs
    return f"{Path(FILE).name} has no errors: {types} and {boards}.\n{found}"


def demo(words: Sequence[str]) -> int:
    """Run what `make demo` runs, until Ctrl-C; exit with a sentence if what it learns with is not installed."""
    from dashboard_project.demo import main, read_options

    with naming_failures():
        read_options(words)  # its help needs nothing
        missing = [name for name in ("river", "sklearn") if find_spec(name) is None]
        if missing:
            sys.exit(f"{missing[0]} is not installed; the demo needs: pip install 'stickyboard[demo]'")
        return main(words)


def run_command(short: str, words: Sequence[str]) -> int:
    """Run one of Django's commands on the board of this folder."""
    data, rest = split_data(words)
    with board_environment(data, needs_board=not is_help([short, *rest])):
        import django
        from django.core.management import get_commands, load_command_class

        from broadcast.management.failures import without_prefix

        django.setup()
        name = DJANGO_COMMANDS[short]
        command = load_command_class(get_commands()[name], name)
        command.suppressed_base_arguments = DJANGO_OPTIONS  # which remain valid
        without_prefix(command).run_from_argv(["stickyboard", short, *rest])
    return 0


send, show, clear, dump, load = (partial(run_command, short) for short in ("send", "show", "clear", "dump", "load"))


def split_data(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Take `--data DIR`, which Django's commands do not have, out of a command line."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_data_option(parser)
    options, rest = parser.parse_known_args(words)
    return options.data, rest


@contextlib.contextmanager
def board_environment(data: Path, *, needs_board: bool, file: Path | None = None) -> Iterator[None]:
    """Set the environment of the board in a folder; report failures in one sentence."""
    with naming_failures(), tempfile.TemporaryDirectory() as empty:
        board = existing_board(data, file) if needs_board else LocalBoard(Path(empty), file)
        board.set_environment()
        yield


@contextlib.contextmanager
def naming_failures() -> Iterator[None]:
    """Exit with a sentence that names commands as they are typed here."""
    from broadcast.management.failures import exit_with_message
    from broadcast.ops.command_names import use_names

    names = {name: f"stickyboard {short}" for short, name in DJANGO_COMMANDS.items()}
    use_names({**names, "check": "stickyboard check"}, "stickyboard manage")
    with exit_with_message():
        yield
