"""Admin pages, also of what has no database table: their template context, permissions, URLs and log entries."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import django
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode

from broadcast.errors import StoreError
from broadcast.ops.display_text import count_text

# Since 6.1, the admin's base template has breadcrumbs as a list, and tools beside the title, not below it.
HAS_BREADCRUMB_LIST = django.VERSION >= (6, 1)

View = Callable[..., HttpResponse]


def requires(permission: str) -> Callable[[View], View]:
    """Require a permission (the name of a method), and answer a failure of the store with a page."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded_view(self: "StorePages", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not getattr(self, permission)(request):
                raise PermissionDenied
            try:
                return view(self, request, *args, **kwargs)
            except StoreError as exc:
                return self.page(request, "unavailable", "The store cannot be used", status=503, reason=str(exc))

        return guarded_view

    return guard


class AdminPages(admin.ModelAdmin):
    """Pages of this app inside the admin's layout."""

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        crumbs: Iterable[tuple[str, str]] = (),
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "crumbs": crumbs,
            "has_breadcrumb_list": HAS_BREADCRUMB_LIST,
            "can_remove": self.has_delete_permission(request),
        }
        return TemplateResponse(request, f"admin/stickyboard/{template}.html", {**common, **context}, status=status)

    def url(self, page: str, **query: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        url = reverse(name, current_app=self.admin_site.name)
        return f"{url}?{urlencode(query)}" if query else url


class StorePages(AdminPages):
    """Base of the pages of what has no table.

    Names and keys are in query strings, which can contain any text; a path cannot, and a form field changes line
    feeds. GET never changes anything: an action asks for confirmation, and runs on POST.
    """

    views: tuple[str, ...] = ()
    """The names of the pages below the list; `clear_all` has the path `clear-all/` and the method `clear_all_view`."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse, because nothing here is created by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, because nothing here is edited by hand."""
        return False

    def get_urls(self) -> list[Any]:
        """Return the URLs of the pages, without Django's own, which look for a row in a table."""
        routes = {"changelist": "", **{name: f"{name.replace('_', '-')}/" for name in ("add", *self.views)}}
        return [
            path(
                route,
                self.admin_site.admin_view(getattr(self, f"{name}_view")),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for name, route in routes.items()
        ]

    def paged(
        self, request: HttpRequest, found: Any, per_page: int, words: tuple[str, str], page: str, **query: Any
    ) -> dict[str, Any]:
        """Return the context of a list: the requested page, and the URLs of the others."""
        pages = Paginator(found, per_page)
        shown = pages.get_page(request.GET.get("p"))
        numbers = [
            (number, self.url(page, **query, p=number) if number != pages.ELLIPSIS else "")
            for number in pages.get_elided_page_range(shown.number)
        ]
        return {"shown": shown, "numbers": numbers, "found": count_text(len(found), *words)}

    def leave(self, request: HttpRequest, url: str) -> HttpResponse:
        """Redirect to a page after an action, or to the index if the user may not view the page."""
        may_view = self.has_view_permission(request)
        return HttpResponseRedirect(url if may_view else reverse("admin:index", current_app=self.admin_site.name))

    def log(self, request: HttpRequest, flag: int, object_id: str, named: str, message: str) -> None:
        # Django's own log_* methods differ between versions and need rows of a table.
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(self.model),
            object_id=object_id,
            object_repr=named[:200],
            action_flag=flag,
            change_message=message,
        )
