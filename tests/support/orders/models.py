"""Orders with a field of each kind, and models that share rows."""

import uuid

from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=50)


class Stamped(models.Model):
    created = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Order(Stamped):
    class Status(models.TextChoices):
        NEW = "new", "New"
        PAID = "paid", "Paid"

    shop = models.CharField(max_length=50)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    pieces = models.IntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    reference = models.UUIDField(default=uuid.uuid4)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True)
    took = models.DurationField(null=True)
    details = models.JSONField(default=dict)
    photo = models.FileField(blank=True)
    tags = models.ManyToManyField(Customer, related_name="tagged")
    raw = models.BinaryField(default=b"")

    @property
    def customer_name(self) -> str:
        return self.customer.name if self.customer else ""

    def total(self) -> float:
        return float(self.amount) * self.pieces

    def untyped(self):
        return self.pieces

    def needs(self, what):
        return what

    async def later(self):
        return self.pieces


class UrgentOrder(Order):
    """A child with a table of its own."""

    minutes = models.IntegerField()


class ShopOrder(Order):
    """The same rows under another name."""

    class Meta:
        proxy = True


class Parcel(models.Model):
    """A row that is identified by its order."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True)
    weight = models.FloatField()
    price = models.FloatField(null=True)
    cost = models.GeneratedField(
        expression=models.F("weight") * models.F("price"), output_field=models.FloatField(), db_persist=True
    )


class Ticket(models.Model):
    code = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.CharField(max_length=50)
