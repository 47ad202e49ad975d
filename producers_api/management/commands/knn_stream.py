"""`manage.py knn_stream`: streams an embedding with neighbours and labels."""

from producers_api.management.producer_command import command_of
from producers_api.producers import knn_stream

Command = command_of(knn_stream)
