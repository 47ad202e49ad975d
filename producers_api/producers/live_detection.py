"""Scores windows per host with a trained model, and publishes the results.

`python -m producers_api.producers.live_detection`, or `manage.py live_detection`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from producers_api.producers.cli import Report, main, positive
from stickyboard import Producer

MODEL_NAMES = ("gbt", "mlp", "knn", "forest", "hoeffding_tree", "logistic", "naive_bayes")
HELP = (
    "Train a model on the first rows of a phishing data set, then score the others, window by window and per host, "
    "pass after pass: live_detection with prediction, recent_episodes, attack_profile, host_counts, phase_mix and "
    "the totals. The model is scored on unseen rows only. Needs the packages river and scikit-learn."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", choices=MODEL_NAMES, default="gbt", help="the model (default: %(default)s)")
    parser.add_argument("--train-rows", type=int, default=600, help="rows to train it on (default: %(default)s)")
    parser.add_argument(
        "--rows-per-s", type=positive, default=8.0, help="windows per second, over all hosts (default: %(default)s)"
    )
    parser.add_argument("--passes", type=int, default=0, help="number of passes; 0: no end (default: %(default)s)")


async def run(producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    """Publish the model's score of each window, until cancelled."""
    # Imported late: --help needs neither the packages of the models nor the seconds to import them.
    from producers_api.producers.demo_run import load_rows
    from producers_api.producers.detection import Detector

    rows, count = load_rows(), options["train_rows"]
    if not 50 <= count < len(rows):
        raise ValueError(f"expected --train-rows from 50 to {len(rows) - 1}, got {count}")
    report(f"training {options['model']} on {count} rows …")
    detector = await asyncio.to_thread(Detector.trained, options["model"], rows[:count])
    run_number = 1
    while not options["passes"] or run_number <= options["passes"]:
        for outgoing in detector.score(rows[count:], run_number):
            if outgoing is None:
                await asyncio.sleep(1 / options["rows_per_s"])
            else:
                await outgoing.publish(producer)
        report(f"pass {run_number}: scored {len(rows) - count} windows, macro-F1 {detector.macro_f1():.2f}")
        run_number += 1


if __name__ == "__main__":
    main(sys.modules[__name__])
