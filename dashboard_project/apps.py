"""Django's entry to the deployment, for its static files and commands."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The page, the scenes and the demo."""

    name = "dashboard_project"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        """Register the system checks."""
        from dashboard_project import checks  # noqa: F401  # importing registers
