"""The settings of the package, with the event types and the board of this example."""

from dashboard_project.settings import *  # noqa: F403  # this is how Django's settings are derived
from dashboard_project.settings import BROADCAST as DEFAULTS

BROADCAST = {
    **DEFAULTS,
    "EVENT_TYPES": "examples.training.event_types.EVENT_TYPES",
    "BOARDS": "examples.training.event_types.BOARDS",
}
