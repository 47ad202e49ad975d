"""The deployment's settings, with a new data folder for each run."""

import os
import tempfile

os.environ.setdefault("STICKYBOARD_DEBUG", "1")
os.environ.setdefault("STICKYBOARD_PUBLIC", "1")
os.environ.setdefault("STICKYBOARD_DATA", tempfile.mkdtemp(prefix="stickyboard-test-"))

from dashboard_project.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest captures what is logged. A handler that `django.setup()` makes in a test would write to its closed stream.
LOGGING_CONFIG = None
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.orders"]  # noqa: F405
DATABASES["default"]["TEST"] = {"MIGRATE": False}  # noqa: F405  # servers' accounts are migrated
