"""`manage.py replay_log`: plays a recorded log of events back."""

from producers_api.management.producer_command import command_of
from producers_api.producers import replay_log

Command = command_of(replay_log)
