"""Runs searches: one scenario after the other, and in several processes."""

import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from typing import Any
from unittest import mock

from broadcast.stores.sqlite import apply
from tests.support.exploration.page_mirror import differences
from tests.support.exploration.scenarios import SCENARIOS
from tests.support.exploration.search import Found, Search
from tests.support.exploration.system import System

NODE = shutil.which("node")


def numbered_epochs(system: System) -> AbstractContextManager[Any]:
    """Number the epochs, which are random otherwise."""
    return mock.patch.object(apply, "new_epoch", system.store.new_epoch)


def explore(name: str, seconds: float, depth: int) -> Search:
    """Return the search of one scenario after it has ended."""
    search = Search(SCENARIOS[name])
    with numbered_epochs(search.system):
        search.run(seconds, depth)
    return search


def explore_in_turn(names: Sequence[str], seconds: float, depth: int) -> list[Found]:
    """Explore scenarios within a total processor time, and compare the page's mirror with all of their pictures.

    A scenario that is complete leaves its time to the others.
    """
    until, searches = time.process_time() + seconds, list[Search]()
    for index, name in enumerate(names):
        share_s = max(0.0, until - time.process_time()) / (len(names) - index)
        searches.append(explore(name, share_s, depth))
    if not any(search.found.violation for search in searches):
        compare_page(searches)
    return [search.found for search in searches]


def compare_page(searches: Sequence[Search]) -> None:
    """Report the first update after which the page's mirror has another picture, if Node is installed."""
    if NODE is not None:
        for search, differing in zip(
            searches, differences([each.system.pictures for each in searches], NODE), strict=True
        ):
            search.found.violation = differing


def explore_all(names: Sequence[str], seconds: float, depth: int, workers: int) -> list[Found]:
    """Explore scenarios in several processes within a time."""
    if workers == 1:
        return explore_in_turn(names, seconds, depth)
    shares = [names[first::workers] for first in range(min(workers, len(names)))]
    with ProcessPoolExecutor(len(shares), get_context("fork")) as processes:
        results = processes.map(explore_in_turn, shares, [seconds] * len(shares), [depth] * len(shares))
        return [found for share in results for found in share]
