"""URLs of this deployment. The sockets are in `producers_api.asgi`."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

# Not in the app, because other projects have an admin of their own.
admin.site.site_header = admin.site.site_title = "Stickyboard"
admin.site.index_title = "Operating the boards"

handler404 = "broadcast.views.not_found"
urlpatterns = [
    path("", include("broadcast.urls")),
    # Browsers request this for pages without an icon, such as the admin.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("stickyboard/page/icon.svg"))),
    path("login/", LoginView.as_view(template_name="stickyboard/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
