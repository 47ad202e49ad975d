"""The URLs of a project that includes the boards below a prefix."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("ops/", include("broadcast.urls")),
    path("login/", LoginView.as_view(template_name="stickyboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
