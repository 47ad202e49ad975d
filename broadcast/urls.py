"""URLs of boards, sockets, events, probes and metrics, for a Django project to include at its root or below a prefix.

Sockets have the same URLs as their plain requests, which `plain_socket` refuses. Login and admin are the project's own.
Each view decides itself who may see what, so a project's `LoginRequiredMiddleware` leaves them alone: public boards,
share links and probes need no account.
"""

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from broadcast.asgi.sockets import BOARD_SOCKET, SHARE_SOCKET
from broadcast.page.embed_style import embed_style
from broadcast.page.event_docs import events_page
from broadcast.page.gallery.views import widgets_page
from broadcast.page.style_sheet import board_style
from broadcast.page.views import board, first_board
from broadcast.sharing.views import shared_page, shared_state
from broadcast.views import healthz, livez, metrics, plain_socket, readyz, state

urlpatterns = [
    path("", first_board, name="board-main"),
    path("b/<str:name>/", board, name="board"),
    path("style/<str:name>.css", board_style, name="board-style"),
    path("style/embed/<str:name>.css", embed_style, name="embed-style"),
    path("api/state/<str:board>", state, name="state"),
    path("api/state/<str:board>/<str:event_type>", state, name="state-of-type"),
    path("ws/board/<str:board>/", plain_socket, name=BOARD_SOCKET),
    path("ws/share/<str:token>/", plain_socket, name=SHARE_SOCKET),
    path("share/<str:token>/", shared_page, name="shared-page"),
    path("share/<str:token>/state", shared_state, name="shared-state"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
    path("docs/events/", events_page, name="events-page"),
    path("docs/widgets/", widgets_page, name="widgets-page"),
    path("metrics", metrics, name="metrics"),
]
for route in urlpatterns:
    login_not_required(route.callback)

# Ingest is an app of its own that depends on this one. Where it is installed, its URLs are included.
if apps.is_installed("producers_api"):
    urlpatterns.append(path("", include("producers_api.urls")))
