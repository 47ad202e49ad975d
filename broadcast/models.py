"""Models without a table, which give keyspaces, connections and boards their names and permissions in the admin."""

from typing import Any

from django.db import models


class NoRows(models.Manager):
    """Returns no rows and sends no query, so that commands such as `dumpdata` skip these models."""

    def get_queryset(self) -> Any:
        return super().get_queryset().none()


class NoTable(models.Model):
    """Base of models without a table: they can be viewed and deleted, but not added or changed."""

    name = models.CharField(primary_key=True, max_length=200)

    objects = NoRows()

    class Meta:
        abstract = True
        managed = False
        base_manager_name = "objects"
        default_permissions: tuple[str, ...] = ("view", "delete")

    def __str__(self) -> str:
        return str(self.name)


class Keyspace(NoTable):
    """A keyspace, for the admin's index, permissions and log; its entries are in the store."""

    class Meta(NoTable.Meta):
        permissions = (("send_keyspace", "Can send entries of keyspaces again"),)
        verbose_name = "keyspace"


class Connection(NoTable):
    """A browser's or producer's socket, for the admin's index, permissions and log; deleting it disconnects it."""

    class Meta(NoTable.Meta):
        verbose_name = "connection"


class Board(NoTable):
    """A board, for the admin's index and permissions; it is declared in the code."""

    class Meta(NoTable.Meta):
        default_permissions: tuple[str, ...] = ("view",)
        verbose_name = "board"
