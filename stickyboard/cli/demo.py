"""`stickyboard demo`: what `make demo` runs, from a wheel too."""

import sys
from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Run the demo until Ctrl-C; exit with a sentence if what it learns with is not installed."""
    try:
        import river  # noqa: F401
        import sklearn  # noqa: F401
    except ModuleNotFoundError as exc:
        sys.exit(f"{exc.name} is not installed; the demo needs: pip install 'stickyboard[demo]'")
    from dashboard_project.demo import main
    from stickyboard.cli.commands import naming_failures

    with naming_failures():
        return main(words)
