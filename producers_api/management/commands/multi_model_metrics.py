"""`manage.py multi_model_metrics`: publishes the results in a folder, for as many models as it has."""

from typing import ClassVar

from producers_api.management.producer_command import ProducerCommand
from producers_api.producers import multi_model_metrics
from producers_api.producers.cli import Program


class Command(ProducerCommand):
    """Publishes the results in a folder, for as many models as it has."""

    program: ClassVar[Program] = multi_model_metrics
