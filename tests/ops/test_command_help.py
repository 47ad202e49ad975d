"""`--help` of the commands: prose, options, and examples that can be copied."""

import shlex

import pytest
from django.core.management import get_commands, load_command_class

from broadcast.management.command import StickyCommand

COMMANDS = {
    name: command
    for name, app in get_commands().items()
    if app in ("broadcast", "producers_api") and isinstance(command := load_command_class(app, name), StickyCommand)
}


def test_there_are_commands_with_examples():
    assert {"send_event", "dump_sticky", "load_sticky", "check_sticky", "clear_sticky", "show_sticky"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_each_example_on_a_line_of_its_own(name):
    shown = COMMANDS[name].create_parser("manage.py", name).format_help().splitlines()
    for example in COMMANDS[name].examples:
        assert f"  {example}" in shown
    assert max(map(len, shown)) <= 110


@pytest.mark.parametrize("name", COMMANDS)
def test_each_example_is_understood(name):
    parser = COMMANDS[name].create_parser("manage.py", name)
    for example in COMMANDS[name].examples:
        _, _, words = example.partition(f"manage.py {name}")
        words = words.rstrip(")").partition("|")[0]
        parser.parse_args(shlex.split(words))
