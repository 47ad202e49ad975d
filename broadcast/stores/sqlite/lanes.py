"""What the table of lanes says of a keyspace, made to agree with its entries. Inside the caller's transaction."""

import sqlite3

from broadcast.stores.sqlite.read import REVISION_BITS, place_of


def agree_on_lanes(db: sqlite3.Connection, keyspace: int, live: int, per_lane: int | None) -> None:
    """Drop the counts of a keyspace whose lanes have no bound, and count anew where its lanes had none before.

    A deployment may make another kind of an event type that has entries: its old counts would then take
    entries from a ring that has room, or leave it more than it may have. So there are none, or they are right.

    Args:
        live: how many live entries the keyspace has.
    """
    if per_lane is None:
        db.execute("DELETE FROM lane WHERE keyspace = ?", (keyspace,))
        return
    if live and db.execute("SELECT 1 FROM lane WHERE keyspace = ? LIMIT 1", (keyspace,)).fetchone() is None:
        count_lanes(db, keyspace)


def count_lanes(db: sqlite3.Connection, keyspace: int) -> None:
    """Count the live entries of each lane, which is as old as the newest of them."""
    db.execute("DELETE FROM lane WHERE keyspace = ?", (keyspace,))
    sql = (
        "INSERT INTO lane (keyspace, lane, live, newest) SELECT keyspace, lane, count(*),"
        f" max(place & {(1 << REVISION_BITS) - 1}) FROM entry WHERE place > ? AND place < ? AND value IS NOT NULL"
        " GROUP BY lane"
    )
    db.execute(sql, (place_of(keyspace, 0), place_of(keyspace + 1, 0)))
