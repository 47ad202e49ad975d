"""`LiveModel`: an event type whose entries are the rows of a model."""

from typing import Any

from django.db.models import QuerySet

from broadcast.live import signals
from broadcast.live.declaration import Declaration
from broadcast.live.registry import register, registered


class LiveModel(Declaration):
    """The rows of a model as entries of an event type. Subclass it in the module `live` of an app.

    A subclass with `abstract = True` in its own body is only a base of others.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__dict__.get("abstract", False):
            register(cls())

    @classmethod
    def refresh(cls, rows: QuerySet[Any] | None = None) -> None:
        """Read rows again: those of a queryset, or all. Call it after bulk operations, which send no signals.

        `bulk_create()`, `bulk_update()`, `update()` and raw SQL are bulk operations. Inside `atomic()`, the rows are
        read when the transaction commits. Rows that no longer exist are found only by a refresh of all.

        Raises:
            StoreError: the store is unavailable, and nothing is in a transaction.
        """
        keys = None if rows is None else [str(key) for key in rows.values_list("pk", flat=True)]
        signals.refresh(registered(cls), keys)
