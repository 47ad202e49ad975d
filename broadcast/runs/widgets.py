"""The widgets of the board of runs, for its own event types; they have no options."""

from dataclasses import dataclass

from broadcast.page.widgets import Widget


@dataclass(frozen=True, kw_only=True)
class AlertBanner(Widget):
    """Alerts of runs, the newest first, until they expire or the user dismisses them in this browser."""


@dataclass(frozen=True, kw_only=True)
class RunList(Widget):
    """Runs with their status, progress, config, and the time since their last message."""
