"""The reports of all processes in the Prometheus text format. Needs prometheus-client, of the extra `metrics`.

Any process answers for all, because each writes its counters to the store every few seconds (see `processes`) and
every sample has a label `process`. So Prometheus needs only one address behind a proxy, and no counter appears to
decrease because another process answered.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from broadcast.ops.counters import SECONDS
from broadcast.types import Cursors, KeyspaceStats

CONTENT_TYPE = CONTENT_TYPE_LATEST

Report = Mapping[str, Any]

# name, help, path in a report of its value (or of its values by label), label
_COUNTERS = (
    ("updates_sent", "Updates sent to browsers.", "updates", None),
    ("update_bytes_sent", "Bytes of those updates, before the WebSocket's own compression.", "update_bytes", None),
    ("messages_refused", "Messages that were refused as a whole, by error code.", "meters.refusals", "code"),
    ("catch_ups", "Replays, late updates, and reads of boards from the store, by cause.", "meters.catch_ups", "cause"),
    ("client_mismatches", "Reports of clients whose entries differ from the server's.", "meters.mismatches", "board"),
    ("connections_opened", "Sockets opened.", "meters.opened", "kind"),
    ("connections_ended", "Connections that the server ended, by cause.", "server_aborted", "cause"),
    ("store_failures", "Ticks that the store did not apply.", "meters.store_failures", None),
    ("process_cpu_seconds", "Processor time.", "cpu_s", None),
)
_GAUGES = (
    ("browsers", "Connected browsers.", "browsers", "board"),
    ("browsers_lagging", "Browsers that skip updates because they are slow.", "lagging", "board"),
    ("producers", "Connected producer sockets.", "producers", None),
    ("server_connections", "Open connections, by state.", "server_connections", "state"),
    ("pending_events", "Events that are waiting for the store.", "pending_events", None),
    ("pending_bytes", "Bytes of the messages that are waiting for the store.", "pending_bytes", None),
    (
        "tick_target_seconds",
        "Current pause between ticks; above 4 times TICK_S, the process is at its limit.",
        "tick_s",
        None,
    ),
    ("loop_lag_seconds", "Longest wait for the event loop since the previous report.", "lag_s", None),
    ("draining", "1 while the process shuts down.", "is_draining", None),
    ("process_memory_bytes", "Resident memory.", "memory_bytes", None),
    ("process_start_time_seconds", "Start of the process, in seconds since 1970.", "started_at", None),
    ("process_report_time_seconds", "Last report of the process, in seconds since 1970.", "at", None),
)
_HISTOGRAMS = (
    ("ack_seconds", "Time from the arrival of a message to its commit; per tick, the longest.", "ack"),
    ("tick_seconds", "Duration of a tick: applying, encoding and sending to the channel layer.", "tick"),
    ("store_apply_seconds", "Duration of the commit of a tick.", "store"),
)


def exposition(reports: Iterable[Report], heads: Cursors, stats: Mapping[str, KeyspaceStats]) -> bytes:
    return generate_latest(_Prepared([*_of_processes(list(reports)), *_of_keyspaces(heads, stats)]))


class _Prepared(Collector):
    """Returns metrics that were made already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _of_processes(reports: list[Report]) -> Iterator[Metric]:
    events = CounterMetricFamily(
        "stickyboard_events", "Events, by type and outcome.", labels=("process", "type", "outcome")
    )
    for report in reports:
        for event_type, outcome, count in report["meters"]["events"]:
            events.add_metric((report["process"], event_type, outcome), count)
    yield events
    for family, facts in ((CounterMetricFamily, _COUNTERS), (GaugeMetricFamily, _GAUGES)):
        for name, description, path, label in facts:
            labels = ("process", label) if label else ("process",)
            metric = family(f"stickyboard_{name}", description, labels=labels)
            for report in reports:
                _add(metric, report, path, is_labelled=label is not None)
            yield metric
    for name, description, meter in _HISTOGRAMS:
        histogram = HistogramMetricFamily(f"stickyboard_{name}", description, labels=("process",))
        for report in reports:
            counted = report["meters"][meter]
            histogram.add_metric((report["process"],), _buckets(counted["counts"]), counted["sum_s"])
        yield histogram


def _add(metric: CounterMetricFamily | GaugeMetricFamily, report: Report, path: str, *, is_labelled: bool) -> None:
    value: Any = report
    for step in path.split("."):
        value = value[step]
    if is_labelled:
        for label, number in value.items():
            metric.add_metric((report["process"], label), number)
    elif value is not None:
        metric.add_metric((report["process"],), float(value))


def _buckets(counts: list[int]) -> list[tuple[str, float]]:
    """Return cumulative counts by upper bound."""
    bounds = [*map(str, SECONDS), "+Inf"]
    return [(bound, sum(counts[: index + 1])) for index, bound in enumerate(bounds)]


def _of_keyspaces(heads: Cursors, stats: Mapping[str, KeyspaceStats]) -> Iterator[Metric]:
    facts = (
        (GaugeMetricFamily, "keyspace_entries", "Stored entries.", "entries"),
        (GaugeMetricFamily, "keyspace_lanes", "Stored lanes.", "lanes"),
        (GaugeMetricFamily, "keyspace_bytes", "Bytes of the stored values.", "size_bytes"),
        (GaugeMetricFamily, "keyspace_changed_time_seconds", "Time of the latest change (Unix).", "changed_at"),
        (CounterMetricFamily, "evictions", "Entries evicted by a bound.", "evicted"),
    )
    public = {name: found for name, found in sorted(stats.items()) if not name.startswith("_")}
    for family, name, description, fact in facts:
        metric = family(f"stickyboard_{name}", description, labels=("type",))
        for keyspace, found in public.items():
            if (value := getattr(found, fact)) is not None:
                metric.add_metric((keyspace,), value)
        yield metric
    # A gauge, because it starts at 0 again when a keyspace is cleared.
    revisions = GaugeMetricFamily("stickyboard_keyspace_revision", "Latest revision.", labels=("type",))
    for keyspace in public:
        if keyspace in heads:  # otherwise it was first written after the heads were read
            revisions.add_metric((keyspace,), heads[keyspace].revision)
    yield revisions
