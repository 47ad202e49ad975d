"""The Django app config of the core app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class BroadcastConfig(AppConfig):
    """Registers the system checks, and the checks of browsers' sessions and share links."""

    name = "broadcast"
    label = "stickyboard"
    verbose_name = "Stickyboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from broadcast.checks import (  # noqa: F401  # importing registers
            deploy,
            page,
            redis,
            runserver,
            settings,
            static_files,
            views,
        )
        from broadcast.live import signals
        from broadcast.live.background import background
        from broadcast.ops import processes
        from broadcast.ops.log_format import hide_secrets
        from broadcast.sessions import SessionWatch
        from broadcast.sharing.links import expel

        hide_secrets()
        processes.chores += [SessionWatch(), expel, background]
        signals.connect()
        autodiscover_modules("live")
