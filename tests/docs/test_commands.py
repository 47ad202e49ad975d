"""docs/reference/commands.md lists every command with its options, and all pages name existing ones."""

import re
from argparse import SUPPRESS

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from tests.support.doc_pages import found_on, read, section_of, source

BUILT_IN = {"help"}  # part of manage.py, and in no list of commands


def commands() -> set[str]:
    return {path.stem for path, _ in source() if path.parent.name == "commands" and path.stem != "__init__"}


# One table lists these for all reference producers.
SHARED_BY_PRODUCERS = {"--url", "--token", "--spool", "--progress"}
REFERENCE_PRODUCERS = ("multi_model_metrics", "knn_stream", "live_detection", "replay_log", "run_demo_producers")


def own_options_of(command: str) -> dict[str, set[str]]:
    """Return the options that a command adds to those of Django's class, each with its other names."""
    made = load_command_class(get_commands()[command], command)
    inherited = next(kind for kind in type(made).__mro__ if kind.__module__.startswith("django."))
    of_django = all_options_of(BaseCommand()) | all_options_of(inherited())
    actions = made.create_parser("manage.py", command)._actions
    named = (set(action.option_strings) for action in actions if action.help != SUPPRESS)
    return {min(names, key=len): names for names in named if names and not names & of_django}


def all_options_of(command: BaseCommand) -> set[str]:
    return {option for action in command.create_parser("", "")._actions for option in action.option_strings}


@pytest.mark.parametrize("command", sorted(commands()))
def test_page_lists_a_command_with_its_options(command):
    section = section_of(read("docs/reference/commands.md"), f"## manage.py {command}")
    elsewhere = SHARED_BY_PRODUCERS if command in REFERENCE_PRODUCERS else set()
    for option, names in own_options_of(command).items():
        assert option in elsewhere or any(f"`{name}`" in section for name in names), option
    assert f"python manage.py {command}" in section


def test_pages_name_existing_commands():
    existing = set(get_commands()) | BUILT_IN
    assert found_on(lambda page: set(re.findall(r"manage\.py ([a-z_]+)", page.read_text())) - existing) == {}


def test_pages_name_existing_options():
    options = {name: all_options_of(load_command_class(get_commands()[name], name)) for name in commands()}

    def unknown(page):
        for command, rest in re.findall(r"python manage\.py (\w+)([^\n`|]*)", page.read_text()):
            for option in re.findall(r" (--[a-z-]+)", rest) if command in options else ():
                if option not in options[command]:
                    yield f"{command} {option}"

    assert found_on(unknown) == {}


def test_pages_name_existing_make_targets():
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    def unknown(page):
        code = "\n".join(re.findall(r"`[^`]*`|^make .*$", page.read_text(), re.MULTILINE))
        return set(re.findall(r"\bmake ([a-z]+)", code)) - targets

    assert found_on(unknown) == {}
