"""Addresses of this deployment. The sockets' are in `asgi`."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from broadcast.metrics import metrics
from broadcast.views import healthz, livez, readyz, state
from dashboard_project.events_page import events_page
from dashboard_project.views import board
from producers_api.views import events

urlpatterns = [
    path("", board, {"name": "main"}, name="board-main"),
    path("b/<str:name>/", board, name="board"),
    path("api/state/<str:board>", state, name="state"),
    path("api/state/<str:board>/<str:event_type>", state, name="state-of-type"),
    path("api/events", events, name="events"),
    # What browsers ask for on pages that name no icon, such as the admin's.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("dashboard/icon.svg"))),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
    path("docs/events/", events_page, name="events-page"),
    path("metrics", metrics, name="metrics"),
    path("login/", LoginView.as_view(template_name="dashboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
