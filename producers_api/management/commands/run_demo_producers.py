"""`manage.py run_demo_producers`: real models learn real rows, and the board shows it."""

from producers_api.management.producer_command import command_of
from producers_api.producers import demo

Command = command_of(demo)
