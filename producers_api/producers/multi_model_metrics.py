"""Watches a folder of `<model>_train.json` and `<model>_eval.json`, and publishes the metrics of each model.

`python -m producers_api.producers.multi_model_metrics DIR`, or `manage.py multi_model_metrics DIR`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from producers_api.producers.cli import Report, main, positive
from producers_api.producers.results_folder import ResultsFolder
from stickyboard import Producer

SHIPPED = Path(__file__).parent / "results"
HELP = (
    "Watch a folder of <model>_train.json and <model>_eval.json, and publish each model's model_metric "
    "(macro_f1.point or else macro_f1; the eval file takes precedence) and, if latency_ms, throughput_per_s and "
    "size_bytes were measured, its model_perf: on change, and every 30 s. Incomplete or broken files are reported "
    "and read again. Default: the included results of real models."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED, metavar="DIR", help="the folder to watch")
    parser.add_argument(
        "--look-every-s", type=positive, default=2.0, help="seconds between reads (default: %(default)s)"
    )
    parser.add_argument("--once", action="store_true", help="publish the current results and end")


async def run(producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    folder = ResultsFolder(options["folder"])
    while True:
        found = await asyncio.to_thread(folder.read)
        for problem in found.problems:
            report(problem)
        for event in found.events:
            await producer.put(event, only_on_change=True, every_s=30, identity=("model",))
        if options["once"]:
            return
        await asyncio.sleep(options["look_every_s"])


if __name__ == "__main__":
    main(sys.modules[__name__])
