"""What users type to run a command: `manage.py show_sticky` in a project, `stickyboard show` where that is installed.

Messages name commands as in a project. Output, log lines and help texts pass through `as_typed`.
"""

import re
from collections.abc import Mapping

COMMAND = re.compile(r"(?:python3? )?manage\.py(?: (\w+))?")
_short: dict[str, str] = {}
_other = ""


def use_names(short: Mapping[str, str], other: str) -> None:
    """Name commands differently from now on.

    Args:
        short: what is typed instead of `manage.py`, by the name of a command.
        other: what is typed instead of `manage.py` before the name of any other command.
    """
    global _other  # noqa: PLW0603  # one command line per process
    _short.clear()
    _short.update(short)
    _other = other


def as_typed(text: str) -> str:
    """Return a text with each command as users type it."""
    return COMMAND.sub(_typed, text) if _other else text


def _typed(found: re.Match[str]) -> str:
    name = found[1]
    return _short.get(name, f"{_other} {name}") if name else _other
