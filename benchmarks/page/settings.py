"""The project's settings, with the board's page fed by a worker in place of its socket, and measured."""

from pathlib import Path

from dashboard_project.settings import *  # noqa: F403  # this is how Django's settings are derived
from dashboard_project.settings import TEMPLATES

HERE = Path(__file__).parent
# This template extends the deployment's, which is second.
TEMPLATES = [{**TEMPLATES[0], "DIRS": [HERE / "templates", *TEMPLATES[0]["DIRS"]]}]
STATICFILES_DIRS = [("bench", HERE / "static")]
