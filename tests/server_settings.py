"""The deployment's settings as a test's server runs them; `TEST_*` variables change what a test needs changed."""

import json
import os

from dashboard_project.settings import *  # noqa: F403
from dashboard_project.settings import BROADCAST, CACHES, DATA_DIR

BROADCAST = {**BROADCAST, **json.loads(os.environ.get("TEST_BROADCAST", "{}"))}

if os.environ.get("TEST_HISTORY"):
    CACHES["sticky"] = {
        "BACKEND": "tests.recording.RecordingCache",
        "LOCATION": DATA_DIR / "sticky.sqlite3",
        "OPTIONS": {"history": os.environ["TEST_HISTORY"]},
    }
