"""The deployment's settings as a test's server runs them; `TEST_*` variables shorten its clocks."""

import json
import os

from dashboard_project.settings import *  # noqa: F403
from dashboard_project.settings import BROADCAST

BROADCAST = {**BROADCAST, **json.loads(os.environ.get("TEST_BROADCAST", "{}"))}
