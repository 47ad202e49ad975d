"""What processes report, in Prometheus' words. Needs the package prometheus-client, of the extra `metrics`.

Any process answers for all: each writes its counts into the store every few seconds, see `processes`, and
every sample bears a label `process`. So one address behind a proxy is enough to scrape, and a counter
never seems to go back because another process answered.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from broadcast.ops.counters import SECONDS
from broadcast.types import Cursors, Holding

CONTENT_TYPE = CONTENT_TYPE_LATEST

Report = Mapping[str, Any]

# name, what it says, where in a report its value or its values by label stand, the label
_COUNTERS = (
    ("updates_sent", "Updates sent to browsers.", "updates", None),
    ("update_bytes_sent", "Bytes of those updates, before the WebSocket's own compression.", "update_bytes", None),
    ("messages_refused", "Producers' messages refused whole, by error code.", "meters.refusals", "code"),
    ("catch_ups", "Reads of the store to bring a browser up to date, by cause.", "meters.catch_ups", "cause"),
    ("connections_opened", "Sockets opened.", "meters.opened", "kind"),
    ("connections_ended", "Connections that the server ended, by cause.", "server_aborted", "cause"),
    ("store_failures", "Ticks of which the store applied nothing.", "meters.store_failures", None),
    ("process_cpu_seconds", "Seconds of processor time.", "cpu_s", None),
)
_GAUGES = (
    ("browsers", "Browsers that are connected.", "browsers", "board"),
    ("browsers_lagging", "Browsers for which updates are left out now.", "lagging", "board"),
    ("producers", "Producer sockets that are connected.", "producers", None),
    ("server_connections", "Open connections, by what they are doing.", "server_connections", "state"),
    ("pending_events", "Events that wait for the store.", "pending_events", None),
    ("pending_bytes", "Bytes of messages that wait for the store.", "pending_bytes", None),
    (
        "tick_target_seconds",
        "The pause between ticks in force; above 1/60 s the process is at its limit.",
        "tick_s",
        None,
    ),
    ("loop_lag_seconds", "The longest wait for the event loop since the report before.", "lag_s", None),
    ("draining", "1 while the process sends everybody away.", "is_draining", None),
    ("process_memory_bytes", "Memory in use.", "memory_bytes", None),
    ("process_start_time_seconds", "When it started, in seconds since 1970.", "started_at", None),
    ("process_report_time_seconds", "When it reported last, in seconds since 1970.", "at", None),
)
_HISTOGRAMS = (
    ("ack_seconds", "From a message's arrival to its commit: of each tick, the message that waited longest.", "ack"),
    ("tick_seconds", "How long a tick took: applying, encoding and handing to the channel layer.", "tick"),
    ("store_apply_seconds", "How long the store took to commit a tick.", "store"),
)


def exposition(reports: Iterable[Report], heads: Cursors, holdings: Mapping[str, Holding]) -> bytes:
    """Return what a scrape is answered."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told([*_of_processes(list(reports)), *_of_keyspaces(heads, holdings)]))
    return generate_latest(registry)


class _Told(Collector):
    """Hands out what was made already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families

    def describe(self) -> Iterable[Metric]:
        return ()


def _of_processes(reports: list[Report]) -> Iterator[Metric]:
    events = CounterMetricFamily(
        "stickyboard_events", "Events, by type and by what became of them.", labels=("process", "type", "outcome")
    )
    for report in reports:
        for event_type, outcome, count in report["meters"]["events"]:
            events.add_metric((report["process"], event_type, outcome), count)
    yield events
    for family, facts in ((CounterMetricFamily, _COUNTERS), (GaugeMetricFamily, _GAUGES)):
        for name, said, place, label in facts:
            labels = ("process", label) if label else ("process",)
            metric = family(f"stickyboard_{name}", said, labels=labels)
            for report in reports:
                _add(metric, report, place, is_labelled=label is not None)
            yield metric
    for name, said, place in _HISTOGRAMS:
        histogram = HistogramMetricFamily(f"stickyboard_{name}", said, labels=("process",))
        for report in reports:
            counted = report["meters"][place]
            histogram.add_metric((report["process"],), _buckets(counted["counts"]), counted["sum_s"])
        yield histogram


def _add(metric: CounterMetricFamily | GaugeMetricFamily, report: Report, place: str, *, is_labelled: bool) -> None:
    value: Any = report
    for step in place.split("."):
        value = value[step]
    if is_labelled:
        for label, number in value.items():
            metric.add_metric((report["process"], label), number)
    elif value is not None:
        metric.add_metric((report["process"],), float(value))


def _buckets(counts: list[int]) -> list[tuple[str, float]]:
    """Return cumulative counts by their upper bound, as Prometheus has them."""
    bounds = [*map(str, SECONDS), "+Inf"]
    return [(bound, sum(counts[: index + 1])) for index, bound in enumerate(bounds)]


def _of_keyspaces(heads: Cursors, holdings: Mapping[str, Holding]) -> Iterator[Metric]:
    facts = (
        (GaugeMetricFamily, "keyspace_entries", "Entries that are kept.", "entries"),
        (GaugeMetricFamily, "keyspace_lanes", "Lanes that are kept.", "lanes"),
        (GaugeMetricFamily, "keyspace_bytes", "Bytes of the values that are kept.", "size_bytes"),
        (GaugeMetricFamily, "keyspace_changed_time_seconds", "When the newest change was applied.", "changed_at"),
        (CounterMetricFamily, "evictions", "Entries that a bound took.", "evicted"),
    )
    shown = {name: holding for name, holding in sorted(holdings.items()) if not name.startswith("_")}
    for family, name, said, fact in facts:
        metric = family(f"stickyboard_{name}", said, labels=("type",))
        for keyspace, holding in shown.items():
            if (value := getattr(holding, fact)) is not None:
                metric.add_metric((keyspace,), value)
        yield metric
    # A gauge, as it begins again at 0 when a keyspace is cleared and goes on where a copy stopped.
    revisions = GaugeMetricFamily("stickyboard_keyspace_revision", "The newest revision.", labels=("type",))
    for keyspace in shown:
        if keyspace in heads:  # else it was first written after the heads were read
            revisions.add_metric((keyspace,), heads[keyspace].revision)
    yield revisions
