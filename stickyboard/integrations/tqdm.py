"""tqdm: the progress bar of a loop, on the board too.

for batch in tqdm(loader, run=run, desc="epoch 3"):
    …
"""

import time
from typing import Any

from stickyboard.integrations import library
from stickyboard.runs import Run
from stickyboard.runs.open_runs import newest

with library("tqdm"):
    from tqdm.auto import tqdm as plain_tqdm

EVERY_S = 1.0


class tqdm(plain_tqdm):  # noqa: N801  # as the library names it
    """A progress bar that also sets the progress of a run; without one, of the run that was begun last, if any.

    A bar that is disabled sets none.
    """

    def __init__(self, *args: Any, run: Run | None = None, **options: Any) -> None:
        self._run: Run | None = run or newest()
        self._due = 0.0
        super().__init__(*args, **options)

    def update(self, n: float = 1) -> bool | None:
        shown: bool | None = super().update(n)
        if not self.disable and (now := time.monotonic()) >= self._due:
            self._due = now + EVERY_S
            self._send()
        return shown

    def close(self) -> None:
        if not self.disable and self.n:
            self._send()
        super().close()

    def _send(self) -> None:
        if self._run is not None:
            self._run.progress(self.desc.removesuffix(": ") or "progress", self.n, self.total)
