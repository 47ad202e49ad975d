"""From learned rows to events: what the demo publishes, and how often."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from producers_api.producers.episodes import HOSTS, Episode, EpisodeLog
from producers_api.producers.learning import MODELS, Contender, Row
from producers_api.producers.measures import CURVE_X, metric_fields, recall_at_false_positive_rate
from producers_api.producers.thresholds import ALERT_SCORE, PHISHING_SCORE, label_of, phase_shares
from stickyboard import Producer

METRICS_EVERY_ROWS = 10
CURVES_EVERY_ROWS = 50
PERF_EVERY_ROWS = 100
PHASE_WINDOWS = 100


class Outgoing(NamedTuple):
    """One event to publish; with an `identity`, only if it has changed, see `Producer.publish`."""

    event_type: str
    fields: dict[str, Any]
    identity: tuple[str, ...] | None = None

    async def publish(self, producer: Producer) -> None:
        on_change, identity = self.identity is not None, self.identity or ()
        await producer.publish(self.event_type, self.fields, only_on_change=on_change, identity=identity)


class WindowLog:
    """Turns scored windows into events, run after run; totals continue over runs, episodes start again."""

    def __init__(self) -> None:
        self._scores: deque[float] = deque(maxlen=PHASE_WINDOWS)
        self._counts = dict.fromkeys(HOSTS, 0)
        self._episodes = 0
        self.start_run(1)

    def start_run(self, run: int) -> None:
        self._log = EpisodeLog(run)

    def take(self, row: Row, host_id: str, model: str, score: float) -> Iterator[Outgoing]:
        """Yield the events of one row of `host_id` that `model` scored."""
        yield from self._window(row, host_id, model, score)
        yield from self._totals(row, host_id, score)

    def _window(self, row: Row, host_id: str, model: str, score: float) -> Iterator[Outgoing]:
        is_alert, truth, rounded = score >= ALERT_SCORE, label_of(row.is_phishing), round(score, 4)
        yield Outgoing(
            "live_detection", {"host_id": host_id, "score": rounded, "alert": is_alert, "label": truth, "model": model}
        )
        episode = self._log.add(host_id, score)
        yield Outgoing(
            "prediction",
            {
                "episode_id": episode.episode_id,
                "window_idx": len(episode.scores) - 1,
                "label": label_of(score >= PHISHING_SCORE),
                "probabilities": {"benign": round(1 - rounded, 4), "phishing": rounded},
                "truth": truth,
            },
        )
        if episode.is_over:
            yield from self._finished(episode)

    def _finished(self, episode: Episode) -> Iterator[Outgoing]:
        self._episodes += 1
        yield Outgoing(
            "recent_episodes",
            {
                "episode_id": episode.episode_id,
                "host_id": episode.host_id,
                "label": episode.label,
                "windows": len(episode.scores),
                "alerts": episode.alerts,
            },
        )
        yield Outgoing("total_episodes", {"episodes": self._episodes})

    def _totals(self, row: Row, host_id: str, score: float) -> Iterator[Outgoing]:
        self._counts[host_id] += 1
        self._scores.append(score)
        yield Outgoing("host_counts", {"counts": dict(self._counts)})
        yield Outgoing("phase_mix", {"shares": dict(phase_shares(self._scores))}, identity=())
        yield Outgoing("total_bytes", {"bytes": len(msgspec.json.encode(row.features))})
        is_alert, is_first = score >= ALERT_SCORE, sum(self._counts.values()) == 1
        if is_alert or is_first:  # the first event may report 0
            yield Outgoing("total_alerts", {"alerts": int(is_alert)})


class DemoBoard:
    """Turns rows into events while its models learn; each run starts with new models."""

    def __init__(self, models: Iterable[str] = MODELS) -> None:
        self._models = list(models)
        self._windows = WindowLog()
        self.start_run(1)

    def start_run(self, run: int) -> None:
        self.run = run
        self.rows = 0
        self.contenders = [Contender(name, MODELS[name]()) for name in self._models]
        self._windows.start_run(run)

    def best(self) -> Contender:
        """Return the contender with the highest macro-F1; the first listed among equals."""
        return max(self.contenders, key=Contender.macro_f1)

    def take(self, row: Row, host_id: str) -> Iterator[Outgoing]:
        """Score and learn one row of `host_id` with all models, and yield the events."""
        best = self.best()  # so far
        scores = {contender.name: contender.take(row) for contender in self.contenders}
        self.rows += 1
        yield from self._windows.take(row, host_id, best.name, scores[best.name])
        yield from self._models_when_due()

    def _models_when_due(self) -> Iterator[Outgoing]:
        for contender in self.contenders:
            if self.rows % METRICS_EVERY_ROWS == 0:
                yield Outgoing(
                    "model_metric", metric_fields(contender.name, contender.confusion(), self.run), ("model",)
                )
            if self.rows % PERF_EVERY_ROWS == 0:
                yield Outgoing("model_perf", contender.perf(), ("model",))
            if self.rows % CURVES_EVERY_ROWS == 0:
                yield from curve_of(contender.name, contender.truth, contender.scores)


def curve_of(name: str, truth: Sequence[bool], scores: Sequence[float]) -> Iterator[Outgoing]:
    """Yield a model's `attack_profile`, once it has scored rows of both classes."""
    recall = recall_at_false_positive_rate(np.array(truth), np.array(scores))
    if recall is not None:
        fields = {
            "name": name,
            "x": [round(float(rate), 6) for rate in CURVE_X],
            "y": recall,
            "x_label": "false-positive rate",
            "y_label": "recall",
        }
        yield Outgoing("attack_profile", fields, ("name",))
