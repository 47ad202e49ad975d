"""docs/reference/commands.md lists every command of `stickyboard`, and every option of `serve`."""

import pytest

from stickyboard.cli.main import COMMANDS
from stickyboard.cli.serve import parser
from tests.support.doc_pages import read, section_of

PAGE = section_of(read("docs/reference/commands.md"), "## stickyboard")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_page_lists_a_command(name):
    assert f"`stickyboard {name}" in PAGE or f"`{name}`" in PAGE


def test_the_page_lists_each_option_of_serve():
    hidden = {"-h", "--help", "--fd"}
    options = {option for action in parser()._actions for option in action.option_strings} - hidden
    assert {option for option in options if f"`{option}`" not in PAGE} == set()
