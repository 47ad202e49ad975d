"""The settings of a test's server with this app and its event types."""

from tests.support.server_settings import *  # noqa: F403
from tests.support.server_settings import BROADCAST, INSTALLED_APPS

BROADCAST = {
    **BROADCAST,
    "EVENT_TYPES": "tests.support.shop.event_types.EVENT_TYPES",
    "BOARDS": "tests.support.shop.event_types.BOARDS",
}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.shop"]
