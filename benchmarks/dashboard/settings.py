"""The project's settings with the rows' event types and boards, and limits that no row runs into."""

from dashboard_project.settings import *  # noqa: F403  # this is how Django's settings are derived
from dashboard_project.settings import BROADCAST, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.dashboard"]

BROADCAST = {
    **BROADCAST,
    "EVENT_TYPES": "benchmarks.dashboard.event_types.EVENT_TYPES",
    "BOARDS": {
        "ticks": ["tick"],
        "gauges": ["gauge"],
        "live": ["live_detection", "gauge"],
        "entries": ["entry"],
        "state": ["model_metric", "model_perf", "live_detection", "embedding", "attack_profile", "prediction"],
    },
    "MAX_EVENTS_PER_S": 10_000_000,
    "MAX_CONNECTIONS_PER_ADDRESS": 100_000,
    "MAX_PENDING_EVENTS": 500_000,
    "MAX_PENDING_BYTES": 512 * 1024 * 1024,
}
