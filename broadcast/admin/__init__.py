"""Admin pages for keyspaces, connections and boards.

`keyspaces` lists, removes, sends again and clears; `connections` lists processes and ends sockets; `boards` lists who
may view what; `pages` is the base of all. They have no database table: the data comes from the store, which also
contains the processes' reports.
"""

from broadcast.admin.boards import BoardAdmin
from broadcast.admin.connections import ConnectionAdmin
from broadcast.admin.keyspaces import KeyspaceAdmin

__all__ = ["BoardAdmin", "ConnectionAdmin", "KeyspaceAdmin"]
