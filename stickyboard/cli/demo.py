"""`stickyboard demo`: what `make demo` runs, from a wheel too."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec


def run(words: Sequence[str]) -> int:
    """Run the demo until Ctrl-C; exit with a sentence if what it learns with is not installed."""
    from dashboard_project.demo import main, read_options
    from stickyboard.cli.commands import naming_failures

    with naming_failures():
        read_options(words)  # its help needs nothing
        missing = [name for name in ("river", "sklearn") if find_spec(name) is None]
        if missing:
            sys.exit(f"{missing[0]} is not installed; the demo needs: pip install 'stickyboard[demo]'")
        return main(words)
