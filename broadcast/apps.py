"""Django's entry to the core app."""

from django.apps import AppConfig


class BroadcastConfig(AppConfig):
    """The store, the sockets, the admin's view of them, and the checks."""

    name = "broadcast"
    label = "stickyboard"
    verbose_name = "Stickyboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and have browsers' sessions watched."""
        from broadcast.checks import deploy, page, redis, settings  # noqa: F401  # importing registers
        from broadcast.ops import processes
        from broadcast.sessions import SessionWatch

        processes.chores.append(SessionWatch())
