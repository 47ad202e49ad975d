"""`manage.py multi_model_metrics`: publishes the results in a folder, for as many models as it has."""

from producers_api.management.producer_command import command_of
from producers_api.producers import multi_model_metrics

Command = command_of(multi_model_metrics)
