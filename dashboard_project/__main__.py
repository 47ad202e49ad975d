"""`stickyboard`, or `python -m dashboard_project`: what `manage.py` is in a checkout, for an installed wheel."""

import os
import sys


def main() -> None:
    """Run Django's command line on this deployment's settings; one that is wrong is said in a sentence."""
    if asks_for_help(sys.argv[1:]):
        forget_settings()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    try:
        from django.core.management import execute_from_command_line

        from broadcast.management.failures import exit_with_message
    except ModuleNotFoundError:
        sys.exit("Django is not installed here. What serves a board comes with, in a checkout: pip install '.[server]'")
    with exit_with_message():
        execute_from_command_line(sys.argv)


def asks_for_help(words: list[str]) -> bool:
    """Whether nothing is done but to print help."""
    options = words[: words.index("--")] if "--" in words else words
    return not words or words[0] in ("help", "version", "--version") or bool({"-h", "--help"} & set(options))


def forget_settings() -> None:
    """Make help need no environment, right or wrong: neither a secret nor a folder."""
    for name in [name for name in os.environ if name.startswith("STICKYBOARD_")]:
        del os.environ[name]
    for name in ("REDIS_URL", "WEB_CONCURRENCY"):
        os.environ.pop(name, None)
    os.environ["STICKYBOARD_DEBUG"] = "1"  # needs no secret
    os.environ["STICKYBOARD_DATA"] = os.curdir  # which is not written to


if __name__ == "__main__":
    main()
