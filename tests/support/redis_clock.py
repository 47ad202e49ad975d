"""A Redis store on a clock of the test instead of the server's."""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from broadcast.stores import RedisCache
from broadcast.stores.redis.keys import SCRIPTS, Command, Layout, script_of

SERVER_TIME = "  local time = redis.call('TIME')\n"
GIVEN_TIME = "  local given = cmsgpack.unpack(ARGV[1]).now\n  if given then\n    return given\n  end\n"

# A store without a clock sends no `now`, and its scripts ask the server as they are shipped.
for _name, _script in SCRIPTS.items():
    assert SERVER_TIME in _script.text
    SCRIPTS[_name] = script_of(_script.text.replace(SERVER_TIME, GIVEN_TIME + SERVER_TIME))


@dataclass(frozen=True)
class ClockedLayout(Layout):
    now: Callable[[], float | None] = time.time

    def call(self, script: str, keyspace: str, argument: Any) -> Command:
        now = self.now()
        given = {} if now is None else {"now": round(now, 3)}
        return super().call(script, keyspace, {**argument, **given})


class ClockedRedisCache(RedisCache):
    """Until a test replaces `clock`, times are those of the server."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        shipped = {field.name: getattr(self._layout, field.name) for field in fields(self._layout)}
        self._layout = ClockedLayout(**shipped, now=self._given)

    def _given(self) -> float | None:
        return None if self.clock is time.time else self.clock()
