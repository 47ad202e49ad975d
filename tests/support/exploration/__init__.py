"""Explores every interleaving of a small system, breadth-first, with the real code.

    search ─► system ─► store_states     SQLite: policies, revisions, bounds, `since`
                        replica_states   replica and reader of the store
                        socket_states    the consumer of one browser
                        picture_states   the client's mirror

A state of the system is a tuple of numbers. Each is that of a value: a store's rows, a replica, a socket or a picture.
The real code runs once for each value and input, and its result has a number, too. So a step of the system costs some
lookups, and states are equal when their numbers are.
"""
