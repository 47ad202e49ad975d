"""Saves orders in transactions, every third of which is rolled back; run as `… order_worker NUMBER TRANSACTIONS`.

All workers save and delete the same few rows. Each transaction also publishes a numbered event to the outbox.
"""

import random
import sys
from typing import Any

import django

ROWS = 5


def main(worker: int, transactions: int) -> None:
    django.setup()
    from django.db import transaction

    import broadcast
    from tests.support.orders.models import Order

    rng = random.Random(worker)
    for number in range(transactions):
        try:
            with transaction.atomic():
                broadcast.publish("log", id=1000 * worker + number, outbox=True)
                change(Order.objects, rng, rng.randrange(1, ROWS + 1), amount=1000 * worker + number)
                if number % 3 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass


def change(orders: Any, rng: random.Random, pk: int, amount: int) -> None:
    """Delete a row, or save it."""
    if rng.random() < 0.2:
        orders.filter(pk=pk).delete()
    else:
        orders.update_or_create(pk=pk, defaults={"amount": amount})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
