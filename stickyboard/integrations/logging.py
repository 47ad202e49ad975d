"""The standard library's `logging`: log lines on the board.

run = stickyboard.init("train")
logging.getLogger().addHandler(RunHandler(run))
"""

import logging

from stickyboard.runs import Run
from stickyboard.runs.open_runs import newest

OWN = ("stickyboard", "websockets", "asyncio")


class RunHandler(logging.Handler):
    """Sends log records to a run; without one, to the run that was begun last, as long as there is one."""

    def __init__(self, run: Run | None = None, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._run = run

    def emit(self, record: logging.LogRecord) -> None:
        # The client's own lines about a lost connection would produce further lines.
        if record.name.partition(".")[0] in OWN:
            return
        try:
            run: Run | None = self._run or newest()
            if run is not None:
                run.line(self.format(record), record.levelname.lower())
        except Exception:
            self.handleError(record)
