"""The live models of the project."""

from functools import cache
from typing import Any

from django.db.models import Model

from broadcast import conf
from broadcast.live.declaration import Declaration

_registered: dict[type[Declaration], Declaration] = {}


def register(live: Declaration) -> None:
    """Make a live model an event type of the project."""
    _registered[type(live)] = live
    conf.declared[type(live)] = lambda: live.event_type
    _clear_caches()


def unregister(live: Declaration) -> None:
    """Remove a live model, because tests declare their own."""
    del _registered[type(live)], conf.declared[type(live)]
    _clear_caches()


def _clear_caches() -> None:
    conf.clear_cached_settings()
    live_models_of.cache_clear()


def registered(cls: type[Declaration]) -> Declaration:
    return _registered[cls]


def live_models() -> list[Declaration]:
    """Return the live models in the order of their declaration."""
    return list(_registered.values())


@cache
def live_models_of(sender: Any) -> list[tuple[Declaration, str | None]]:
    """Return the live models with rows of a class, and the attribute of an instance with the key of its entry.

    With multi-table inheritance, one save changes rows of several models. The attribute is None where a parent's row
    does not have the key of the child's.
    """
    found: list[tuple[Declaration, str | None]] = []
    saved: Any = sender._meta.concrete_model
    for live in live_models():
        shown: Any = live.model._meta.concrete_model
        if saved is shown:
            found.append((live, "pk"))
        elif shown in saved._meta.get_parent_list():
            found.append((live, shown._meta.pk.attname))
        elif saved in shown._meta.get_parent_list():
            found.append((live, "pk" if _has_same_key(shown, saved) else None))
    return found


def _has_same_key(child: type[Model], parent: type[Model]) -> bool:
    field: Any = child._meta.pk
    while field.remote_field and field.remote_field.parent_link:
        if field.remote_field.model._meta.concrete_model is parent:
            return True
        field = field.remote_field.model._meta.pk
    return False
