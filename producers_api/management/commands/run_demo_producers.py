"""`manage.py run_demo_producers`: real models learn real rows, and the board shows it."""

from typing import ClassVar

from producers_api.management.producer_command import ProducerCommand
from producers_api.producers import demo
from producers_api.producers.cli import Program


class Command(ProducerCommand):
    """Feeds every scene of the board until it is stopped (Ctrl-C, or SIGTERM)."""

    program: ClassVar[Program] = demo
