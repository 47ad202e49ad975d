"""The deployment's settings as a test's server runs them; `TEST_*` variables change what a test needs changed."""

import json
import os
import time

# Before anything else keeps the function.
if ahead_s := float(os.environ.get("TEST_CLOCK_AHEAD_S", 0)):
    time_here = time.time
    time.time = lambda: time_here() + ahead_s

from dashboard_project.settings import *  # noqa: F403
from dashboard_project.settings import BROADCAST, CACHES

# A real hash of a password takes a quarter of a second.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
changed = json.loads(os.environ.get("TEST_BROADCAST", "{}"))
# The deployment's boards name its own event types; of any others, there is one board with all.
BROADCAST = {**BROADCAST, **({"BOARDS": {}} if "EVENT_TYPES" in changed else {}), **changed}

if os.environ.get("TEST_HISTORY"):
    kind = "Redis" if os.environ.get("REDIS_URL") else ""
    options = {"history": os.environ["TEST_HISTORY"]}
    CACHES["sticky"] = {
        **CACHES["sticky"],
        "BACKEND": f"tests.support.recording.Recording{kind}Cache",
        "OPTIONS": options,
    }
