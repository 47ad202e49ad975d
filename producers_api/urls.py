"""URLs of ingest; `broadcast.urls` includes them."""

from django.urls import path

from broadcast.asgi.sockets import PRODUCER_SOCKET
from broadcast.views import plain_socket
from producers_api.views import events

urlpatterns = [
    path("api/events", events, name="events"),
    path("ws/produce/", plain_socket, name=PRODUCER_SOCKET),
]
