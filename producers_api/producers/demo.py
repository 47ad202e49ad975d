"""All events of the demo: seven models learn online, and the board displays their results.

`manage.py run_demo_producers`, which `make demo` starts.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from producers_api.producers.cli import Report, main, positive
from stickyboard import Producer

HELP = (
    "Publish real results: seven models of River and scikit-learn learn a phishing data "
    "set (1,250 web sites, included in the package) row by row; each row is scored before it is learned. "
    "The first 400 rows are learned immediately, so that the board is full within seconds; then it continues "
    "at --rows-per-s, pass after pass, until it is stopped. Needs the packages river and scikit-learn. "
    "Example: manage.py run_demo_producers --url http://localhost:8000"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rows-per-s",
        type=positive,
        default=8.0,
        help="rows learned per second, over all hosts; about six events each (default: %(default)s)",
    )


async def run(producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    # Imported late: --help needs neither the packages of the models nor the seconds to import them.
    from producers_api.producers.demo_run import DemoRun

    await DemoRun(producer, options["rows_per_s"], report).run()


if __name__ == "__main__":
    main(sys.modules[__name__])
