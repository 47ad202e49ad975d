"""Django's entry to the ingest app."""

from django.apps import AppConfig


class ProducersApiConfig(AppConfig):
    """Producer tokens and ingest."""

    name = "producers_api"
    label = "stickyboard_producers"
    verbose_name = "Producers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, the periodic token check, and the names of producers."""
        from broadcast.ops import processes, queries
        from producers_api import checks  # noqa: F401  # importing registers the checks
        from producers_api.tokens import expel, producer_names

        processes.chores.append(expel)
        queries.namings.append(producer_names)
