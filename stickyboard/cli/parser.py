"""The parser of a command's options, which suggests an option for one that is misspelt."""

import argparse
import re
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Reads options like argparse."""

    def error(self, message: str) -> NoReturn:
        from broadcast.errors import did_you_mean

        unknown = re.search(r"unrecognized arguments: (--[\w-]+)", message)
        names = [name for action in self._actions if action.help != argparse.SUPPRESS for name in action.option_strings]
        super().error(message + (did_you_mean(unknown[1], names, "{}".format) if unknown else ""))
