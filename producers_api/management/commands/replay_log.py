"""`manage.py replay_log`: plays a recorded log of events back."""

from typing import ClassVar

from producers_api.management.producer_command import ProducerCommand
from producers_api.producers import replay_log
from producers_api.producers.cli import Program


class Command(ProducerCommand):
    """Plays a recorded log of events back."""

    program: ClassVar[Program] = replay_log
