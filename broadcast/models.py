"""What Django must know of keyspaces and connections to show them in the admin: names and permissions, no table."""

from typing import Any

from django.db import models


class NoRows(models.Manager):
    """Finds nothing without asking the database, so that `dumpdata` and the like pass it by."""

    def get_queryset(self) -> Any:
        """Return an empty queryset."""
        return super().get_queryset().none()


class NoTable(models.Model):
    """Something that is not in the database: seen and deleted in the admin, never added or changed by hand."""

    name = models.CharField(primary_key=True, max_length=200)

    objects = NoRows()

    class Meta:
        abstract = True
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return str(self.name)


class Keyspace(NoTable):
    """A keyspace as the admin's index, permissions and log know it; its entries are in the store."""

    class Meta(NoTable.Meta):
        permissions = (("send_keyspace", "Can send entries of keyspaces again"),)
        verbose_name = "keyspace"


class Connection(NoTable):
    """A browser's or producer's socket as the admin's index, permissions and log know it; deleted is disconnected."""

    class Meta(NoTable.Meta):
        verbose_name = "connection"
