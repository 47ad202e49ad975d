"""`manage.py knn_stream`: streams an embedding with neighbours and labels."""

from typing import ClassVar

from producers_api.management.producer_command import ProducerCommand
from producers_api.producers import knn_stream
from producers_api.producers.cli import Program


class Command(ProducerCommand):
    """Streams an embedding with neighbours and labels."""

    program: ClassVar[Program] = knn_stream
