"""Django's entry to the ingest app."""

from django.apps import AppConfig


class ProducersApiConfig(AppConfig):
    """Tokens and the two ways in for events."""

    name = "producers_api"
    verbose_name = "Producers"
    default_auto_field = "django.db.models.BigAutoField"
