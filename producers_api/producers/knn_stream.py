"""Streams a growing embedding with neighbours and labels, as a snapshot, and the macro-F1 of kNN on it.

`python -m producers_api.producers.knn_stream`, or `manage.py knn_stream`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from producers_api.producers.cli import Report, main, positive
from stickyboard import Producer

HELP = (
    "Stream a 2-D embedding (t-SNE) of a phishing data set that grows step by step, with each point's class and its "
    "nearest neighbours, as a snapshot; and the macro-F1 of kNN with those neighbours, as model_metric of "
    "the model knn. Needs the packages river and scikit-learn."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--step-rows", type=int, default=125, help="rows added per step (default: %(default)s)")
    parser.add_argument("--every-s", type=positive, default=15.0, help="seconds between steps (default: %(default)s)")
    parser.add_argument("--neighbours", type=int, default=5, help="neighbours of each point (default: %(default)s)")
    parser.add_argument("--once", action="store_true", help="end after the last row")


async def run(producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    """Publish growing embeddings, from few rows to all, and start again, until cancelled."""
    # Imported late: --help needs neither the packages of the models nor the seconds to import them.
    import numpy as np

    from producers_api.producers.demo_run import load_rows
    from producers_api.producers.embedding import embedding_of
    from producers_api.producers.measures import confusion, metric_fields

    rows, step, k = load_rows(), options["step_rows"], options["neighbours"]
    if not step >= 10 or not 1 <= k < step:
        raise ValueError(f"expected --step-rows of 10 or more and --neighbours from 1 to less, got {step} and {k}")
    while True:
        for end in [*range(step, len(rows), step), len(rows)]:
            embedding, predicted = await asyncio.to_thread(embedding_of, rows[:end], k)
            await producer.publish("embedding", embedding, only_on_change=True)
            counts = confusion(np.array([row.is_phishing for row in rows[:end]]), predicted)
            metric = metric_fields("knn", counts, seed=end)
            await producer.publish("model_metric", metric, only_on_change=True, identity=("model",))
            report(f"embedded {end} of {len(rows)} rows; macro-F1 of knn {metric['macro_f1']:.2f}")
            if end < len(rows) or not options["once"]:
                await asyncio.sleep(options["every_s"])
        if options["once"]:
            return


if __name__ == "__main__":
    main(sys.modules[__name__])
