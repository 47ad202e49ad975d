"""The outbox, share links, and models without a table, which exist for names and permissions in the admin."""

import secrets
from typing import Any

from django.db import models
from django.utils import timezone


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


class Connection(NoTable):
    """A browser's or producer's socket, for the admin's index, permissions and log; deleting it disconnects it."""


class Board(NoTable):
    """A board, for the admin's index and permissions; it is declared in the code."""

    class Meta(NoTable.Meta):
        default_permissions: tuple[str, ...] = ("view",)


class OutboxEvent(models.Model):
    """An event that was published in a transaction, or a row of a live model that it changed.

    `seq` is None until a relay has numbered it. `error` is why it was not applied, "" while it waits.
    """

    event = models.TextField()
    seq = models.BigIntegerField(null=True, unique=True, editable=False)
    error = models.CharField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ("view", "change", "delete")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"row {self.pk} of the outbox"


class Revocable(models.Model):
    """Base of what opens something until it expires or is revoked."""

    name: Any
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at: Any
    is_revoked: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.name)

    @property
    def state(self) -> str:
        """`valid`, `revoked` or `expired`."""
        if self.is_revoked:
            return "revoked"
        return "valid" if self.expires_at is None or self.expires_at > timezone.now() else "expired"

    @property
    def is_valid(self) -> bool:
        return self.state == "valid"


class ShareLink(Revocable):
    """An address that shows one board, or one scene, to everyone who has it, until it expires or is revoked."""

    name = models.CharField(max_length=100, help_text="Who receives it.")
    board = models.CharField(max_length=200)
    scene = models.CharField(max_length=200, blank=True, default="", help_text="Empty: the whole board.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=20, editable=False, help_text="The first characters of its token.")
    created_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    expires_at = models.DateTimeField()
    is_revoked = models.BooleanField(
        default=False,
        help_text="A revoked link opens nothing, and its open pages are disconnected within seconds."
        " It cannot be restored; make a new one.",
    )

    class Meta:
        ordering = ("name", "pk")

    @property
    def opens(self) -> str:
        """What it shows, as `<board>` or `<board>/<scene>`."""
        return f"{self.board}/{self.scene}" if self.scene else str(self.board)


def new_name() -> str:
    """Return a random name for the history of an outbox."""
    return secrets.token_hex(8)


class OutboxCounter(models.Model):
    """The last number of the outbox, in one row, the random name of its history, and the relay that works on it."""

    name = models.CharField(max_length=32, default=new_name)
    last_seq = models.BigIntegerField(default=0)
    relay = models.CharField(max_length=32, blank=True, default="")
    relay_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"outbox {self.name} at {self.last_seq}"
