"""This deployment's ASGI application."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")

from producers_api.asgi import application

__all__ = ["application"]
