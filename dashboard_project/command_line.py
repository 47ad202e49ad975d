"""Django's command line on this deployment's settings: `manage.py`, and `python -m dashboard_project`."""

import os
import sys
from collections.abc import Sequence


def main() -> None:
    """Run Django's command line on this deployment's settings; report a wrong setting in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    try:
        from django.core.management import execute_from_command_line

        from broadcast.management.failures import exit_with_message
    except ModuleNotFoundError:
        sys.exit("Django is not installed. A board needs the server's packages; in a checkout: pip install '.[server]'")
    with exit_with_message():
        if is_help(sys.argv[1:]):
            from dashboard_project.env import set_for_help

            set_for_help()
        execute_from_command_line(sys.argv)


def is_help(words: Sequence[str]) -> bool:
    """Whether a command line only prints help, which needs neither settings nor a board."""
    options = words[: words.index("--")] if "--" in words else words
    return not words or words[0] in ("help", "version", "--version") or bool({"-h", "--help"} & set(options))
