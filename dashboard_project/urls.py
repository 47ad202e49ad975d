"""Addresses of this deployment. The sockets' are in `asgi`."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

# Here and not in the app, as a project that includes the boards has an admin of its own.
admin.site.site_header = admin.site.site_title = "Stickyboard"
admin.site.index_title = "Operating the boards"

urlpatterns = [
    path("", include("broadcast.urls")),
    # What browsers ask for on pages that name no icon, such as the admin's.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("stickyboard/page/icon.svg"))),
    path("login/", LoginView.as_view(template_name="stickyboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
