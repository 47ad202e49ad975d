"""The settings of a server with live models; `TEST_DATABASE` is the project's database as JSON."""

import json
import os

from tests.support.server_settings import *  # noqa: F403
from tests.support.server_settings import BROADCAST, INSTALLED_APPS

if os.environ.get("TEST_DATABASE"):
    DATABASES = {"default": json.loads(os.environ["TEST_DATABASE"])}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.orders", "tests.support.orders_live"]
BROADCAST = {**BROADCAST, "EVENT_TYPES": "tests.support.table.EVENT_TYPES_AND_LOG", "BOARDS": {}}
