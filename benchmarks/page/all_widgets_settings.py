"""The project's settings, with a board of the first example of every widget."""

from broadcast.page.gallery import EXAMPLES
from dashboard_project.settings import *  # noqa: F403  # this is how Django's settings are derived
from dashboard_project.settings import BROADCAST as DEFAULTS

EVENT_TYPES = list({example.widget.kind: example.event_type for example in reversed(EXAMPLES)}.values())
BROADCAST = {**DEFAULTS, "EVENT_TYPES": "benchmarks.page.all_widgets_settings.EVENT_TYPES", "BOARDS": {}}
