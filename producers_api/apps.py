"""Django's entry to the ingest app."""

from django.apps import AppConfig


class ProducersApiConfig(AppConfig):
    """Tokens and the two ways in for events."""

    name = "producers_api"
    label = "stickyboard_producers"
    verbose_name = "Producers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, and have open sockets watched and senders named."""
        from broadcast.ops import processes, senders
        from producers_api import checks  # noqa: F401  # importing registers the checks
        from producers_api.tokens import expel, names_of

        processes.chores.append(expel)
        senders.name_with(names_of)
