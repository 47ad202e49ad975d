"""The Django app config of the core app."""

from django.apps import AppConfig


class BroadcastConfig(AppConfig):
    """Registers the system checks and the check of browsers' sessions."""

    name = "broadcast"
    label = "stickyboard"
    verbose_name = "Stickyboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and the check of browsers' sessions."""
        from broadcast.checks import deploy, page, redis, runserver, settings  # noqa: F401  # importing registers
        from broadcast.ops import processes
        from broadcast.sessions import SessionWatch

        processes.chores.append(SessionWatch())
