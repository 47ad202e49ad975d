"""Reads the command line and runs one command. Nothing of the server is imported before a command needs it."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, NamedTuple

from stickyboard import __version__

INVALID: Final = 2  # the exit code, as of argparse
DJANGO: Final = ("migrate", "createsuperuser", "changepassword", "shell", "runserver", "collectstatic")


class Command(NamedTuple):
    """A command: its line in the help, and the function that runs it as `module:name`."""

    name: str
    summary: str
    run: str


# Groups of commands, in the order of the help.
GROUPS: Final = {
    "Show a board": [
        Command("serve", "serve a board from this folder, and create whatever is missing", "serve:run"),
        Command("demo", "serve the demo: real models that learn, on a ready-made board", "commands:demo"),
        Command("init", "write a commented board.py as a starting point", "starter:run"),
    ],
    "Send events": [
        Command("send", "send one event, or a file of events", "commands:send"),
        Command("token", "create, list and revoke the tokens of producers", "commands:token"),
        Command("sync", "send what runs could not send while no board was running", "sync:run"),
        Command("import", "send the runs of a TensorBoard folder", "importing:run"),
        Command("login", "store a server's address and token for this user", "login:run"),
    ],
    "Look at a board": [
        Command("watch", "print a board's changes as they happen", "commands:watch"),
        Command("show", "print what is stored", "commands:show"),
        Command("check", "check the settings, a board.py and the stored data", "commands:check"),
        Command("share", "create a read-only link to a board, for people without an account", "commands:share"),
    ],
    "Manage stored data": [
        Command("clear", "remove stored entries", "commands:clear"),
        Command("dump", "write everything that is stored to a file", "commands:dump"),
        Command("load", "restore a dump", "commands:load"),
    ],
    "Everything else": [
        Command("conformance", "check that a client of your own follows the protocol", "conformance:run"),
        Command("manage", "run any Django command, such as `stickyboard manage createsuperuser`", "commands:manage"),
    ],
}
COMMANDS: Final = {command.name: command for group in GROUPS.values() for command in group}
EXAMPLES: Final = """\
  stickyboard serve              a board at http://127.0.0.1:8000/ for whatever you log
  stickyboard serve board.py     a board of your own (stickyboard init writes one)
  stickyboard COMMAND --help     all options of a command
"""


def main(words: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if words is None else words)
    name = given[0] if given else "--help"
    if name in ("-h", "--help", "help") and len(given) < 2:
        print(help_text())
        return
    if name == "help":
        name, given = given[1], [given[1], "--help"]
    if name in ("-V", "--version", "version"):
        print(f"stickyboard {__version__}")
        return
    if name not in COMMANDS:
        print(unknown(name), file=sys.stderr)
        sys.exit(INVALID)
    try:
        sys.exit(function_of(COMMANDS[name])(given[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] != "django":
            raise
        sys.exit(missing(exc))  # a command that imports it late


def function_of(command: Command) -> Callable[[Sequence[str]], int | None]:
    """Import the function that runs a command; exit with a sentence if a package is missing."""
    module, _, name = command.run.partition(":")
    try:
        return getattr(import_module(f"stickyboard.cli.{module}"), name)  # type: ignore[no-any-return]
    except ModuleNotFoundError as exc:
        if (exc.name or "").startswith("stickyboard"):
            raise
        sys.exit(missing(exc))


def missing(exc: ModuleNotFoundError) -> str:
    return f"{exc.name} is not installed; a board needs the server's packages: pip install 'stickyboard[server]'"


def help_text() -> str:
    """Return the help, which fits on one screen."""
    lines = ["A live dashboard that is never empty.", "", "usage: stickyboard COMMAND [OPTIONS]"]
    for title, commands in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {each.name:<12}{each.summary}" for each in commands)]
    return "\n".join([*lines, "", "Examples:", EXAMPLES.rstrip()])


def unknown(name: str) -> str:
    from broadcast.errors import did_you_mean

    shown = name if len(name) <= 40 else f"{name[:40]}…"
    near = did_you_mean(name, COMMANDS) or did_you_mean(name, DJANGO, "stickyboard manage {}".format)
    return f'there is no command "{shown}"{near or "; see: stickyboard --help"}'
