"""URLs of ingest; `broadcast.urls` includes them."""

from django.urls import path

from producers_api.views import events

urlpatterns = [path("api/events", events, name="events")]
