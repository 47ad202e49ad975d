"""What Django must know of keyspaces and connections to show them in the admin: names and permissions, no table."""

from typing import Any

from django.db import models


class NoRows(models.Manager):
    """Finds nothing without asking the database, so that `dumpdata` and the like pass it by."""

    def get_queryset(self) -> Any:
        """Return an empty queryset."""
        return super().get_queryset().none()


class Keyspace(models.Model):
    """A keyspace as the admin's index, permissions and log know it; its entries are in the store."""

    name = models.CharField(primary_key=True, max_length=200)

    objects = NoRows()

    class Meta:
        """Seen and removed, never added or changed by hand."""

        managed = False
        base_manager_name = "objects"
        default_permissions = ("view", "delete")
        permissions = (("send_keyspace", "Can send entries of keyspaces again"),)
        verbose_name = "keyspace"

    def __str__(self) -> str:
        return str(self.name)


class Connection(models.Model):
    """A browser's or producer's socket as the admin's index, permissions and log know it."""

    name = models.CharField(primary_key=True, max_length=200)

    objects = NoRows()

    class Meta:
        """Seen, and deleted, which is to disconnect it."""

        managed = False
        base_manager_name = "objects"
        default_permissions = ("view", "delete")
        verbose_name = "connection"

    def __str__(self) -> str:
        return str(self.name)
