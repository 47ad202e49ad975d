"""The short commands, their help, and errors in a board file."""

import os
import re
import subprocess
import sys
import tomllib
from contextlib import nullcontext

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

from broadcast.events.validation import Validator
from broadcast.management.commands import send_event
from broadcast.management.failures import exit_with_message
from broadcast.management.parser import Parser, suggestion
from stickyboard.cli import board_file, commands, local, serve, starter_board
from stickyboard.cli.main import COMMANDS, help_text
from tests.support.command_line import ROOT
from tests.support.server import Server


def test_the_help_fits_on_one_screen():
    lines = help_text().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_has_help_without_a_setting(line, name):
    text = line.run(name, "--help")
    assert "usage: " in text or "Available subcommands" in text
    assert "manage.py" not in text
    assert list(line.folder.iterdir()) == []


def test_it_prints_its_version(line):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert line.run("--version").split() == ["stickyboard", project["version"]]


def test_it_suggests_a_command(line):
    assert 'did you mean "serve"' in line.run("serv", code=2)
    assert "stickyboard manage migrate" in line.run("migrate", code=2)


def test_it_suggests_an_option(capsys):
    with pytest.raises(SystemExit, match="2"):
        serve.parser().parse_args(["board.py", "another.py", "--prot", "9000"])
    assert "did you mean --port?" in capsys.readouterr().err


def test_two_dashes_make_no_options_similar(capsys):
    parser = Parser(prog="x")
    parser.add_argument("--version")
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--wrong"])
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize(("short", "option"), [("send", "--jsn"), ("token create", "--typs"), ("clear", "--dry-rnu")])
def test_a_django_command_suggests_an_option(short, option, capsys):
    name = commands.DJANGO_COMMANDS[short]
    with pytest.raises(SystemExit, match="2"):
        load_command_class(get_commands()[name], name).run_from_argv(["stickyboard", short, "x", option])
    assert f"{option}; did you mean --" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["token", "crate"], "create"),
        (["import", "tensorbord", "logs"], "tensorboard"),
        (["show", "--format", "jsn"], "json"),
        (["watch", "--url", "http://localhost", "--format", "line"], "lines"),
    ],
)
def test_it_suggests_a_choice(used_line, words, near):
    assert used_line.run(*words, code=2).endswith(f'; did you mean "{near}"?\n')


@pytest.mark.parametrize("listed", ["'create', 'list'", "create, list"])  # by the version of Python
def test_it_suggests_no_choice_that_is_far(listed):
    for value, end in (("crate", '; did you mean "create"?'), ("x", "")):
        message = f"argument action: invalid choice: {value!r} (choose from {listed})"
        assert suggestion(Parser(), message) == end


@pytest.mark.parametrize("name", ["show", "clear", "dump", "send"])
def test_it_names_what_to_do_without_a_board(line, name):
    assert "stickyboard serve" in line.run(name, code=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clear"], "name what to clear: TYPE (stickyboard show lists them), or --all"),
        (["manage", "clear_sticky"], "name what to clear: TYPE (stickyboard show lists them), or --all"),
        (["manage", "createsuperuser", "--noinput"], "You must use --username with --noinput."),
    ],
)
def test_a_failure_is_its_message_only(used_line, words, message):
    assert used_line.run(*words, code=1) == f"{message}\n"


def test_a_failure_of_a_project_is_as_of_django(tmp_path):
    with pytest.raises(AssertionError, match=r"^CommandError: name what to clear"):
        Server(tmp_path).manage("clear_sticky")


def test_a_failure_has_its_traceback_if_that_is_asked_for(used_line):
    assert "Traceback" in used_line.run("clear", "--traceback", code=1)


def test_a_failure_of_a_called_command_is_its_message_only():
    with pytest.raises(SystemExit, match=r"^2 issues$"), exit_with_message():
        raise CommandError("2 issues")


@pytest.mark.parametrize(
    ("text", "line_number", "word"),
    [
        ("EVENT_TYPES = [\n", 1, "never closed"),
        ("x = 1\ny = nothing\n", 2, "nothing"),
        ("import does_not_exist\n", 1, "does_not_exist"),
    ],
)
def test_it_names_the_line_of_an_error(line, board, text, line_number, word):
    board(text)
    message = line.run("check", "board.py", code=1)
    assert re.search(rf"board\.py:{line_number}: .*{word}", message)
    assert "Traceback" not in message


def test_it_suggests_an_option_of_a_widget_once(line, board):
    # As from Python 3.13 on.
    end = "got an unexpected keyword argument 'frmat'. Did you mean 'format'?"
    board(f'raise TypeError("Bars.__init__() {end}")')
    message = line.run("check", "board.py", code=1)
    assert message.count('format"?') == 1
    assert message.lower().count("did you mean") == 1
    assert "Its options are" in message


@pytest.mark.parametrize("text", ["", "EVENT_TYPES = 3", "EVENT_TYPES = [3]"])
def test_it_names_what_a_board_file_lacks(line, board, text):
    board(text)
    assert "EVENT_TYPES" in line.run("check", "board.py", code=1)


def test_it_names_the_line_of_an_invalid_event_type(line, board):
    board(
        "from msgspec import Struct\n"
        "from broadcast.events.event_type import EventType\n"
        "from broadcast.events.policies import ring\n"
        "class Order(Struct):\n"
        "    shop: str\n"
        "EVENT_TYPES = [\n"
        '    EventType("order", Order, ring(0), title="Orders"),\n'
        "]\n"
    )
    message = line.run("check", "board.py", code=1)
    assert "board.py:7" in message
    assert "settings" not in message  # the user has none


def test_it_lists_the_options_of_a_widget(board):
    path = board("from broadcast.page.widgets import Timeline\nTimeline(lanes='host', state='state')\n")
    with pytest.raises(board_file.BoardFileError, match=r'2: .*"lane".* lane, state'):
        board_file.load(path)


def test_the_folder_of_a_run_is_no_board(tmp_path, monkeypatch):
    monkeypatch.delenv("STICKYBOARD_DATA", raising=False)
    (tmp_path / ".stickyboard/runs").mkdir(parents=True)
    with pytest.raises(SystemExit, match="no board"):
        local.existing_board(tmp_path / ".stickyboard")


def test_it_checks_event_types_that_no_board_shows(line, board):
    text = (
        "from msgspec import Struct\n"
        "from broadcast.events.board import Board\n"
        "from broadcast.events.event_type import EventType\n"
        "from broadcast.events.policies import latest\n"
        "from broadcast.page.widgets import Number\n"
        "class Load(Struct):\n"
        "    load: float\n"
        "EVENT_TYPES = [\n"
        '    EventType("a", Load, latest(), show=Number(value="load")),\n'
        '    EventType("b", Load, latest(), show=Number(value="load")),\n'
        "]\n"
        'BOARDS = [Board("main", scenes=["a"])]\n'
    )
    board(text)
    assert 'Scene("b")' in line.run("check", "board.py")
    board(
        text.replace('"b", Load, latest(), show=Number(value="load")', '"b", Load, latest(), show=Number(value="laod")')
    )
    assert re.search(r"board\.py:10: .*laod", line.run("check", "board.py", code=1))


def test_it_writes_a_board_that_has_no_error(line):
    line.run("init")
    checked = "board.py has no errors: 3 event types and 1 board.\nThe settings have no errors.\n"
    assert line.run("check", "board.py") == checked
    listed = line.run("check", "board.py", "--verbose")
    assert listed.startswith('Board "main":\n')
    assert listed.endswith(checked)
    assert "exists already" in line.run("init", code=1)
    assert "init board.py" in line.run("init", "board.txt", code=1)


def test_the_command_in_a_new_board_is_accepted():
    command = re.search("stickyboard send (.*)", starter_board.__doc__ or "")[1].split()
    (event,) = send_event.Command().lines(command[0], command[1:], None, None)
    types = {each.name: each for each in starter_board.EVENT_TYPES}
    assert Validator(types, 1000, 100).check(event)[0].name == "order"


def test_it_names_arguments_that_exclude_each_other():
    with pytest.raises(CommandError, match=r'TYPE \("order"\) and --json'):
        send_event.Command().lines("order", [], "{}", None)


def test_a_file_that_was_not_served_is_not_remembered(line):
    assert "stickyboard init" in line.run("serve", "other.py", code=1)
    (line.folder / "other.py").write_text("no Python")
    line.run("check")


def test_the_demos_help_needs_nothing(monkeypatch, capsys):
    monkeypatch.setattr(commands, "naming_failures", nullcontext)  # which changes the process
    monkeypatch.setattr(commands, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="pip install"):
        commands.demo([])
    with pytest.raises(SystemExit, match="0"):
        commands.demo(["--help"])
    assert "stickyboard demo" in capsys.readouterr().out


def test_a_login_without_a_terminal_says_how_to_pass_the_token(line):
    message = line.run("login", "http://localhost:1", code=1)
    assert "there is no terminal" in message
    assert 'stickyboard login http://localhost:1 --token "$STICKYBOARD_TOKEN"' in message


@pytest.mark.parametrize("name", ["send", "token", "check", "manage"])
def test_a_command_without_django_says_what_to_install(name, tmp_path):
    """As after an installation of the client only."""
    code = "import sys; sys.modules['django'] = None; from stickyboard.cli.main import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"django\S* is not installed; .*: pip install 'stickyboard\[server\]'\n", done.stderr)
