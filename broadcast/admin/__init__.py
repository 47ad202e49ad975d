"""Admin pages for keyspaces and connections.

`keyspaces` lists, removes, sends again and clears; `connections` lists processes and ends sockets; `pages` is the base
of both. They have no database table: the data comes from the store, which also contains the processes' reports.
"""

from broadcast.admin.connections import ConnectionAdmin
from broadcast.admin.keyspaces import KeyspaceAdmin

__all__ = ["ConnectionAdmin", "KeyspaceAdmin"]
