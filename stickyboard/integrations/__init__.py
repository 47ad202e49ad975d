"""Hooks for training libraries. Each module imports its library, and needs nothing else.

from stickyboard.integrations.keras import StickyboardCallback
model.fit(x, y, callbacks=[StickyboardCallback("mnist", config={"lr": 1e-3})])
"""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def library(package: str, module: str = "") -> Iterator[None]:
    """Let the import of a library that is missing say what to install.

    Args:
        package: as pip calls it.
        module: as Python calls it, if that differs.
    """
    try:
        yield
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] != (module or package):
            raise  # the library itself needs another one
        raise ModuleNotFoundError(f"{package} is not installed; type: pip install {package}", name=exc.name) from None


def grouped(name: str, *prefixes: str) -> str:
    """Return `val/loss` for `val_loss`, so that the metrics of one data set form a group on the board."""
    for prefix in prefixes:
        if name.startswith(f"{prefix}_") and len(name) > len(prefix) + 1:
            return f"{prefix}/{name[len(prefix) + 1 :]}"
    return name
