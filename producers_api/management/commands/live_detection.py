"""`manage.py live_detection`: scores windows per host with a trained model."""

from typing import ClassVar

from producers_api.management.producer_command import ProducerCommand
from producers_api.producers import live_detection
from producers_api.producers.cli import Program


class Command(ProducerCommand):
    """Scores windows per host with a trained model."""

    program: ClassVar[Program] = live_detection
