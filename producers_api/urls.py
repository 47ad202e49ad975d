"""URLs of ingest; `broadcast.urls` includes them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from broadcast.asgi.sockets import PRODUCER_SOCKET
from broadcast.views import plain_socket
from producers_api.views import events

urlpatterns = [
    path("api/events", login_not_required(events), name="events"),
    path("ws/produce/", plain_socket, name=PRODUCER_SOCKET),
]
