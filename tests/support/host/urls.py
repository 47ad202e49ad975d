"""The project's own page at the root, and the boards below a prefix."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import TemplateView

from broadcast.views import healthz

urlpatterns = [
    path("", TemplateView.as_view(template_name="host/page.html")),
    path("healthz", healthz),  # where tests look for the server
    path("ops/", include("broadcast.urls")),
    path("login/", LoginView.as_view(template_name="stickyboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
