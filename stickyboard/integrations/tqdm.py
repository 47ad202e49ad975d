"""tqdm: the progress bar of a loop, on the board too.

for batch in tqdm(loader, run=run, desc="epoch 3"):
…
"""

import time
from typing import Any

from tqdm.auto import tqdm as plain_tqdm

from stickyboard.runs import Run, current

EVERY_S = 1.0


class tqdm(plain_tqdm):  # noqa: N801  # as the library names it
    """A progress bar that also sets the progress of a run; without one, of the run that was begun last."""

    def __init__(self, *args: Any, run: Run | None = None, **options: Any) -> None:
        self._run, self._due = run or current(), 0.0
        super().__init__(*args, **options)

    def update(self, n: float = 1) -> bool | None:
        shown: bool | None = super().update(n)
        if (now := time.monotonic()) >= self._due:
            self._due = now + EVERY_S
            self._run.progress(self.desc or "progress", self.n, self.total)
        return shown

    def close(self) -> None:
        if not self.disable and self.n:
            self._run.progress(self.desc or "progress", self.n, self.total)
        super().close()
