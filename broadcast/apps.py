"""Django's entry to the core app."""

from django.apps import AppConfig


class BroadcastConfig(AppConfig):
    """The store, the sockets, the admin's view of them, and the checks."""

    name = "broadcast"
    verbose_name = "Stickyboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and have browsers' sessions watched."""
        from broadcast import checks, deploy_checks, presence, redis_checks  # noqa: F401  # importing registers
        from broadcast.session_watch import SessionWatch

        presence.chores.append(SessionWatch())
