"""Watches a folder of `<model>_train.json` and `<model>_eval.json`, and publishes the metrics of each model.

Other programs write the files meanwhile, so a broken file is reported once and read again until it is complete.

`python -m producers_api.producers.multi_model_metrics DIR`, or `manage.py multi_model_metrics DIR`.
"""

import argparse
import asyncio
import codecs
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from producers_api.producers.cli import Report, main, positive
from stickyboard import Producer

SUFFIXES = ("_eval.json", "_train.json")  # the first takes precedence
PERF_FIELDS = ("latency_ms", "throughput_per_s", "size_bytes")
SHIPPED = Path(__file__).parent / "results"
HELP = (
    "Watch a folder of <model>_train.json and <model>_eval.json, and publish each model's model_metric "
    "(macro_f1.point or else macro_f1; the eval file takes precedence) and, if latency_ms, throughput_per_s and "
    "size_bytes were measured, its model_perf: on change, and every 30 s. Incomplete or broken files are reported "
    "and read again. Default: the included results of real models."
)

Event = dict[str, Any]


class Found(NamedTuple):
    """The result of one read: events to publish, and new problems."""

    events: list[Event]
    problems: list[str]


class ResultsFolder:
    """Reads a folder, which may be created later, again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reported: set[str] = set()

    def read(self) -> Found:
        """Read all files; return the events of each model, and new problems."""
        events: list[Event] = []
        wrong: list[str] = []
        for model, results in sorted(self._models(wrong).items()):
            try:
                events += events_of(model, results)
            except ValueError as exc:
                wrong.append(str(exc))
        problems = [sentence for sentence in wrong if sentence not in self._reported]
        self._reported = set(wrong)  # a problem that was fixed and recurs is reported again
        return Found(events, problems)

    def _models(self, wrong: list[str]) -> dict[str, list[Mapping[str, Any]]]:
        models: dict[str, list[Mapping[str, Any]]] = {}
        if not self._path.is_dir():
            wrong.append(f"{self._path} is not a folder; waiting for it")
            return models
        for suffix in SUFFIXES:
            for file in sorted(self._path.glob(f"*{suffix}")):
                try:
                    results = _read(file)
                except (OSError, ValueError) as exc:
                    wrong.append(f"{file.name} cannot be read yet ({exc}); trying again")
                    continue
                models.setdefault(file.name.removesuffix(suffix), []).append(results)
        return models


def events_of(model: str, results: list[Mapping[str, Any]]) -> Iterator[Event]:
    """Yield a model's `model_metric`, and its `model_perf` if all of its values were measured.

    Args:
        results: the contents of its files, in order of precedence.

    Raises:
        ValueError: no file has its macro-F1.
    """
    found = _first(results, "macro_f1")
    point = found.get("point") if isinstance(found, dict) else found
    if isinstance(point, bool) or not isinstance(point, int | float):
        msg = f"{model}: expected a number at macro_f1.point or macro_f1 in {' or '.join(model + s for s in SUFFIXES)}"
        raise ValueError(msg)  # noqa: TRY004  # the file is wrong, not the program
    metric: Event = {"type": "model_metric", "model": model, "macro_f1": point}
    if isinstance(found, dict) and {"low", "high"} <= found.keys():
        metric["macro_f1_ci"] = [found["low"], found["high"]]
    rows = _first(results, "rows")
    yield metric if rows is None else {**metric, "rows": rows}
    perf = {name: _first(results, name) for name in PERF_FIELDS}
    if None not in perf.values():
        yield {"type": "model_perf", "model": model, **perf}


def _read(file: Path) -> Mapping[str, Any]:
    results = msgspec.json.decode(file.read_bytes().removeprefix(codecs.BOM_UTF8))
    if not isinstance(results, dict):
        msg = f"expected an object, got {type(results).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # the file is wrong, not the program
    return results


def _first(results: list[Mapping[str, Any]], name: str) -> Any:
    return next((one[name] for one in results if one.get(name) is not None), None)


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
