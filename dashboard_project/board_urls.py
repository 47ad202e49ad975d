"""Addresses of the boards, of events and of probes, for any Django project to include at its root.

The page and producers ask for them at these paths. Login and admin are the project's own.
"""

from django.urls import path

from broadcast.metrics import metrics
from broadcast.views import healthz, livez, readyz, state
from dashboard_project.events_page import events_page
from dashboard_project.styles import board_style
from dashboard_project.views import board, first_board
from producers_api.views import events

urlpatterns = [
    path("", first_board, name="board-main"),
    path("b/<str:name>/", board, name="board"),
    path("style/<str:name>.css", board_style, name="board-style"),
    path("api/state/<str:board>", state, name="state"),
    path("api/state/<str:board>/<str:event_type>", state, name="state-of-type"),
    path("api/events", events, name="events"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
    path("docs/events/", events_page, name="events-page"),
    path("metrics", metrics, name="metrics"),
]
