"""Scores windows per host with a model that was trained before, and tells all that follows from it.

`python -m producers_api.producers.live_detection`, or `manage.py live_detection`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from producers_api.producers.cli import Say, main, positive
from stickyboard import Producer

MODEL_NAMES = ("gbt", "mlp", "knn", "forest", "hoeffding_tree", "logistic", "naive_bayes")
HELP = (
    "Train a model on the first rows of a phishing data set, then score the others, window by window and per host, "
    "pass after pass: live_detection with prediction, recent_episodes, attack_profile, host_counts, phase_mix and "
    "the totals. The model never saw what it scores. Needs the packages river and scikit-learn."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--model", choices=MODEL_NAMES, default="gbt", help="which model (default: %(default)s)")
    parser.add_argument("--train-rows", type=int, default=600, help="rows to train it on (default: %(default)s)")
    parser.add_argument(
        "--rows-per-s", type=positive, default=8.0, help="windows a second, over all hosts (default: %(default)s)"
    )
    parser.add_argument("--passes", type=int, default=0, help="end after so many; 0: never (default: %(default)s)")


async def run(producer: Producer, options: Mapping[str, Any], say: Say) -> None:
    """Publish what the model says of each window, until cancelled.

    Raises:
        ValueError: no rows are left to score.
    """
    # Imported late, as --help should neither take seconds nor need the models' packages.
    from producers_api.producers.demo_run import load_rows
    from producers_api.producers.detection import Detector, publish_outgoing

    rows, count = load_rows(), options["train_rows"]
    if not 50 <= count < len(rows):
        msg = f"expected --train-rows from 50 to {len(rows) - 1}, got {count}"
        raise ValueError(msg)
    say(f"training {options['model']} on {count} rows …")
    detector = await asyncio.to_thread(Detector.trained, options["model"], rows[:count])
    run_number = 1
    while not options["passes"] or run_number <= options["passes"]:
        for outgoing in detector.score(rows[count:], run_number):
            if outgoing is None:
                await asyncio.sleep(1 / options["rows_per_s"])
            else:
                await publish_outgoing(producer, outgoing)
        say(f"pass {run_number}: scored {len(rows) - count} windows, macro-F1 {detector.macro_f1():.2f}")
        run_number += 1


if __name__ == "__main__":
    main(sys.modules[__name__])
