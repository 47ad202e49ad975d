"""`manage.py live_detection`: scores windows per host with a trained model."""

from producers_api.management.producer_command import command_of
from producers_api.producers import live_detection

Command = command_of(live_detection)
