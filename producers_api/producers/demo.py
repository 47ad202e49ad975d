"""All of the demo's events: seven models learn online, and the board shows it.

`manage.py run_demo_producers`, which `make demo` starts.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from producers_api.producers.cli import Say, main, positive
from stickyboard import Producer

HELP = (
    "Feed the board with real results: seven models of River and scikit-learn learn a phishing data "
    "set (1,250 web sites, inside the package) row by row, each row scored before it is learned. "
    "The first 400 rows are learned at once, so the board is full within seconds; then it goes on "
    "at --rows-per-s, pass after pass, until it is stopped. Needs the packages river and scikit-learn. "
    "Example: manage.py run_demo_producers --url http://localhost:8000"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--rows-per-s",
        type=positive,
        default=8.0,
        help="rows learned a second, over all hosts; about six events each (default: %(default)s)",
    )


async def run(producer: Producer, options: Mapping[str, Any], say: Say) -> None:
    """Publish until cancelled."""
    # Imported late, as --help should neither take seconds nor need the models' packages.
    from producers_api.producers.demo_run import DemoRun

    await DemoRun(producer, options["rows_per_s"], say).run()


if __name__ == "__main__":
    main(sys.modules[__name__])
