"""Measures stages in the server, where that is requested."""

import os

from django.apps import AppConfig

from benchmarks.dashboard import stages


class DashboardConfig(AppConfig):
    name = "benchmarks.dashboard"
    label = "benchmarks_dashboard"

    def ready(self) -> None:
        if stages.VARIABLE in os.environ:
            stages.install()
