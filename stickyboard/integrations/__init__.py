"""Hooks for training libraries. Each module imports its library, and needs nothing else.

from stickyboard.integrations.keras import StickyboardCallback
model.fit(x, y, callbacks=[StickyboardCallback("mnist", config={"lr": 1e-3})])
"""
