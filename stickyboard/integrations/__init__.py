"""Hooks for training libraries. Each module imports its library, and needs nothing else.

from stickyboard.integrations.keras import StickyboardCallback
model.fit(x, y, callbacks=[StickyboardCallback("mnist", config={"lr": 1e-3})])
"""


def grouped(name: str, *prefixes: str) -> str:
    """Return `val/loss` for `val_loss`, so that the metrics of one data set form a group on the board."""
    for prefix in prefixes:
        if name.startswith(f"{prefix}_") and len(name) > len(prefix) + 1:
            return f"{prefix}/{name[len(prefix) + 1 :]}"
    return name
