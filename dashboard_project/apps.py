"""The app of this deployment, with its system checks."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """This deployment."""

    name = "dashboard_project"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard_project import environment_checks  # noqa: F401  # importing registers
