"""The recipe's ASGI application."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.usual_recipe.settings")
http = get_asgi_application()

from benchmarks.peers.usual_recipe.consumers import DashboardConsumer, ProduceConsumer  # noqa: E402  # after set-up

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [path("dashboard/", DashboardConsumer.as_asgi()), path("produce/", ProduceConsumer.as_asgi())]
        ),
    }
)
