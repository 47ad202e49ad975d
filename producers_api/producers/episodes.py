"""Assigns rows to hosts, and groups the rows of a host into episodes. Deterministic.

The data set knows no hosts: its rows are dealt to six, uneven as traffic is. Scores and truth
belong to the rows and are not touched by it.
"""

from dataclasses import dataclass, field

import numpy as np

from producers_api.producers.thresholds import ALERT_SCORE, PHISHING_SCORE, label_of

HOSTS = {"gateway-1": 0.28, "gateway-2": 0.22, "lab-1": 0.18, "lab-2": 0.14, "office-1": 0.10, "library-1": 0.08}
WINDOWS_PER_EPISODE = 12


def order_of(run: int, rows: int) -> list[int]:
    """Return the order of the rows in a run: unchanged in run 1, shuffled in each later run."""
    if run == 1:
        return list(range(rows))
    return [int(index) for index in np.random.default_rng([run, 0]).permutation(rows)]


def hosts_of(run: int, rows: int) -> list[str]:
    dealt = np.random.default_rng([run, 1]).choice(len(HOSTS), size=rows, p=list(HOSTS.values()))
    names = list(HOSTS)
    return [names[number] for number in dealt]


@dataclass
class Episode:
    """Up to 12 consecutive windows (rows) of one host."""

    episode_id: str
    host_id: str
    scores: list[float] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return len(self.scores) >= WINDOWS_PER_EPISODE

    @property
    def alerts(self) -> int:
        """Number of windows with an alert."""
        return sum(score >= ALERT_SCORE for score in self.scores)

    @property
    def label(self) -> str:
        """The class with the higher mean probability over its windows."""
        return label_of(sum(self.scores) / len(self.scores) >= PHISHING_SCORE)


class EpisodeLog:
    """The open episodes of one run, one per host."""

    def __init__(self, run: int) -> None:
        self._run = run
        self._started = dict.fromkeys(HOSTS, 0)
        self._open: dict[str, Episode] = {}

    def add(self, host_id: str, score: float) -> Episode:
        """Add a window to the open episode of its host, or to a new one, and return the episode."""
        episode = self._open.get(host_id)
        if episode is None:
            self._started[host_id] += 1
            episode = Episode(f"run-{self._run}-{host_id}-{self._started[host_id]:03}", host_id)
            self._open[host_id] = episode
        episode.scores.append(score)
        if episode.is_over:
            del self._open[host_id]
        return episode
