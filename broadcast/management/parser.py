"""The end of a parser's error message: an option or a choice that is like a misspelt one."""

import argparse
import re
from typing import NoReturn

from broadcast.errors import did_you_mean


class Parser(argparse.ArgumentParser):
    """Reads options like argparse, and suggests what a misspelt option or choice may mean."""

    def error(self, message: str) -> NoReturn:
        super().error(message + suggestion(self, message))


def suggestion(parser: argparse.ArgumentParser, message: str) -> str:
    """Return the end of a parser's error message that suggests an option or a choice; "" if none is misspelt."""
    # Some versions of Python quote the value only.
    if invalid := re.search(r"invalid choice: (.+) \(choose from (.+)\)$", message):
        value, *choices = (text.strip("'\"") for text in (invalid[1], *invalid[2].split(", ")))
        return did_you_mean(value, choices)
    unknown = re.search(r"unrecognized arguments:.*? --([\w-]+)", message)
    actions = [each for each in parser._actions if each.help != argparse.SUPPRESS]  # noqa: SLF001  # there is no other list
    # Without the dashes, which would make any two options similar.
    names = [name[2:] for each in actions for name in each.option_strings if name.startswith("--")]
    return did_you_mean(unknown[1], names, "--{}".format) if unknown else ""
