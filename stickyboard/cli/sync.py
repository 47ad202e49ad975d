"""`stickyboard sync`: sends what runs in this folder could not send."""

import sys
from collections.abc import Sequence
from pathlib import Path

from broadcast.management.parser import Parser
from stickyboard.cli.local import add_data_option
from stickyboard.runs.unsent import send_unsent


def run(words: Sequence[str]) -> int:
    """Send every run whose process has ended; exit with 1 if something remains."""
    parser = Parser(
        prog="stickyboard sync",
        description="Sends what runs could not send, for example because no board was running. "
        "Nothing is applied twice. A run whose process was killed is marked as crashed.",
    )
    add_data_option(parser)
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="For each run; default: 60.")
    options = parser.parse_args(words)
    folder: Path = options.data / "runs"
    sent = list(send_unsent(folder, options.timeout, lambda problem, _: print(problem, file=sys.stderr)))
    for each in sent:
        print(f"{each.run or each.path}: {each.problem or f'sent {each.messages} messages'}")
    if not sent:
        print(f"There is nothing to send in {folder}.")
    return 1 if any(each.problem for each in sent) else 0
