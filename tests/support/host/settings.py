"""The settings of a test's server with this project's pages."""

from broadcast.events.board import Board
from tests.support.server_settings import *  # noqa: F403
from tests.support.server_settings import BROADCAST, INSTALLED_APPS

BOARDS = [
    Board("lab", scenes=["model_metric", "live_detection", "attack_profile", "total_alerts"]),
    Board("other", scenes=["model_perf", "embedding"]),
    Board("secret", scenes=["prediction"], permission="stickyboard.view_keyspace"),
]
BROADCAST = {**BROADCAST, "BOARDS": BOARDS}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.host"]
ROOT_URLCONF = "tests.support.host.urls"
