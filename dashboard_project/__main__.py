"""`stickyboard`, or `python -m dashboard_project`: what `manage.py` is in a checkout, for an installed wheel."""

import os
import sys


def main() -> None:
    """Run Django's command line on this deployment's settings; one that is wrong is said in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit("Django is not installed here. What serves a board comes with, in a checkout: pip install '.[server]'")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
