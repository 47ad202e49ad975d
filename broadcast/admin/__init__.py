"""Admin pages for keyspaces, connections, boards, share links and the outbox.

`keyspaces` lists, removes, sends again and clears; `connections` lists processes and ends sockets; `boards` lists who
may view what; `pages` is the base of these. They have no database table: the data comes from the store, which also
contains the processes' reports. `share_links` creates and revokes links, which are rows, and `outbox` lists events
that wait or failed.
"""

from broadcast.admin.boards import BoardAdmin
from broadcast.admin.connections import ConnectionAdmin
from broadcast.admin.keyspaces import KeyspaceAdmin
from broadcast.admin.outbox import OutboxEventAdmin
from broadcast.admin.share_links import ShareLinkAdmin

__all__ = ["BoardAdmin", "ConnectionAdmin", "KeyspaceAdmin", "OutboxEventAdmin", "ShareLinkAdmin"]
