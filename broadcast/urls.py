"""URLs of boards, events, probes and metrics, for a Django project to include at its root.

The page and the clients request these paths. Login and admin are the project's own.
"""

from django.apps import apps
from django.urls import include, path

from broadcast.page.event_docs import events_page
from broadcast.page.gallery.views import widgets_page
from broadcast.page.style_sheet import board_style
from broadcast.page.views import board, first_board
from broadcast.views import healthz, livez, metrics, plain_socket, readyz, state

urlpatterns = [
    path("", first_board, name="board-main"),
    path("b/<str:name>/", board, name="board"),
    path("style/<str:name>.css", board_style, name="board-style"),
    path("api/state/<str:board>", state, name="state"),
    path("api/state/<str:board>/<str:event_type>", state, name="state-of-type"),
    path("ws/board/<str:name>/", plain_socket),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
    path("docs/events/", events_page, name="events-page"),
    path("docs/widgets/", widgets_page, name="widgets-page"),
    path("metrics", metrics, name="metrics"),
]

# Ingest is an app of its own that depends on this one. Where it is installed, its URLs are included.
if apps.is_installed("producers_api"):
    urlpatterns.append(path("", include("producers_api.urls")))
