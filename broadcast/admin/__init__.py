"""The operator's desk: what is kept, who is connected, and what may be done about either.

`keyspaces` shows, removes, sends again and clears; `connections` shows processes and ends sockets; `pages`
is what both stand on. None has a table, so neither has a query set: the store and the processes are asked.
"""

from broadcast.admin.connections import ConnectionAdmin
from broadcast.admin.keyspaces import KeyspaceAdmin

__all__ = ["ConnectionAdmin", "KeyspaceAdmin"]
