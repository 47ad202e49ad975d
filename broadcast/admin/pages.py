"""Pages of the admin that have no table behind them: their frame, permissions, addresses and log entries."""

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
from broadcast.ops.queries import count_text

# Since 6.1 the admin's frame has breadcrumbs as a list, and tools beside the title instead of below it.
IS_NEW_FRAME = django.VERSION >= (6, 1)

View = Callable[..., HttpResponse]


def guarded(permission: str) -> Callable[[View], View]:
    """Ask for a permission (a method of the admin), and show a store's failure as a page."""

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


class StorePages(admin.ModelAdmin):
    """Shows what is in the store, and asks before anything is done to it.

    Names and keys travel in query strings, which bear any text; a path does not, and a form's field
    turns line feeds into carriage returns. Looking never changes anything: whatever does asks first,
    and happens on POST.
    """

    views: dict[str, str] = {}
    """The name of each page's view, by its address below the list's own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: nothing here is made by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nothing here is changed by hand."""
        return False

    def get_urls(self) -> list[Any]:
        """Return the addresses of the pages; Django's own would look for a row in a table."""
        pages = {"": "changelist", "add": "add", **self.views}
        return [
            path(
                f"{route}/" if route else "",
                self.admin_site.admin_view(getattr(self, f"{name}_view")),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for route, name in pages.items()
        ]

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        crumbs: Iterable[tuple[str, str]] = (),
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        """Return one of the app's pages inside the admin's frame."""
        request.current_app = self.admin_site.name
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "crumbs": crumbs,
            "is_new_frame": IS_NEW_FRAME,
            "can_remove": self.has_delete_permission(request),
        }
        return TemplateResponse(request, f"admin/stickyboard/{template}.html", {**common, **context}, status=status)

    def paged(
        self, request: HttpRequest, found: Any, per_page: int, words: tuple[str, str], page: str, **query: Any
    ) -> dict[str, Any]:
        """Return what a list's template needs: the page that was asked for, and the addresses of the others."""
        pages = Paginator(found, per_page)
        shown = pages.get_page(request.GET.get("p"))
        numbers = [
            (number, self.url(page, **query, p=number) if number != pages.ELLIPSIS else "")
            for number in pages.get_elided_page_range(shown.number)
        ]
        return {"shown": shown, "numbers": numbers, "found": count_text(len(found), *words)}

    def url(self, page: str, **query: Any) -> str:
        """Return the address of a page."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        url = reverse(name, current_app=self.admin_site.name)
        return f"{url}?{urlencode(query)}" if query else url

    def leave(self, request: HttpRequest, url: str) -> HttpResponse:
        """Go to a page after something was done, or to the index where one may not look."""
        may_look = self.has_view_permission(request)
        return HttpResponseRedirect(url if may_look else reverse("admin:index", current_app=self.admin_site.name))

    def log(self, request: HttpRequest, flag: int, object_id: str, named: str, said: str) -> None:
        """Note in the admin's log what somebody did."""
        # Django's own log_* methods differ between versions, and want rows of a table.
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(self.model),
            object_id=object_id,
            object_repr=named[:200],
            action_flag=flag,
            change_message=said,
        )
