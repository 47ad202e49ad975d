"""Settings of the board that `stickyboard serve` runs: those of the deployment, with other event types and boards."""

from pathlib import Path

from broadcast.events.board import Board
from broadcast.runs import RUN_TYPES, RUNS
from dashboard_project.env import read_text
from dashboard_project.settings import *  # noqa: F403
from dashboard_project.settings import BROADCAST as DEPLOYMENT
from dashboard_project.settings import STICKYBOARD_EMBEDDED_BY as EMBEDDED_BY
from stickyboard.cli.board_file import Declared, load
from stickyboard.cli.local import STATIC

FILE = read_text("STICKYBOARD_BOARD")
declared = load(Path(FILE)) if FILE else Declared([], [])
EVENT_TYPES = [*declared.event_types, *RUN_TYPES]
OWN = [Board("main", scenes=[kind.name for kind in declared.event_types])] if declared.event_types else []
BOARDS = [*(declared.boards or OWN), RUNS]

# Modules that `Custom` names: `static/gauge.js` next to the board file is "gauge.js".
STATICFILES_DIRS = [folder] if FILE and (folder := Path(FILE).parent / STATIC).is_dir() else []

# Notebooks on this machine, see `stickyboard.runs.notebook`.
STICKYBOARD_EMBEDDED_BY = EMBEDDED_BY or ["http://localhost:*", "http://127.0.0.1:*", "vscode-webview:"]

BROADCAST = {
    **DEPLOYMENT,
    "EVENT_TYPES": "stickyboard.cli.settings.EVENT_TYPES",
    "BOARDS": "stickyboard.cli.settings.BOARDS",
    "DRAIN_S": 1.0,  # Ctrl-C ends the server within 3 s
}
