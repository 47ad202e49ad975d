"""`LiveModel`: an event type whose entries are the rows of a model."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from broadcast.live import signals
from broadcast.live.compare import ALL
from broadcast.live.declaration import Declaration
from broadcast.live.registry import register, registered
from broadcast.live.rows import key_of


class LiveModel(Declaration):
    """The rows of a model as entries of an event type. Subclass it in the module `live` of an app.

    A subclass with `abstract = True` in its own body is only a base of others.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__dict__.get("abstract", False):
            register(cls())

    @classmethod
    def refresh(cls, rows: QuerySet[Any] | Iterable[Model] | None = None) -> None:
        """Read rows again: those of a queryset or a list, or all. Call it after bulk operations, which send no signals.

        `bulk_create()`, `bulk_update()`, `update()` and raw SQL are bulk operations. Inside `atomic()`, the rows are
        read when the transaction commits. Rows that no longer exist are found only by a refresh of all.

        Raises:
            StoreError: the store is unavailable, and nothing is in a transaction.
        """
        live = registered(cls)
        if rows is None:
            signals.refresh(live, [ALL])
        else:
            pks = rows.values_list("pk", flat=True) if isinstance(rows, QuerySet) else [row.pk for row in rows]
            signals.refresh(live, [key_of(live, pk) for pk in pks])
