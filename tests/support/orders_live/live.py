"""The live models, which Django imports from here."""

from broadcast.live import LiveModel
from tests.support.orders.models import Order


class OrderBoard(LiveModel):
    model = Order
    fields = ("shop", "amount", "pieces")
