"""Publishing from a Django project's own code, without a socket and without a token.

`publish_functions` has `publish`, `apublish` and `publish_many`, which `broadcast` exports; `encoding` turns Python
values into JSON; `direct` applies events in processes that serve no board, such as commands and task workers.
`progress` publishes how much of a task is done. `outbox` writes events as rows of the project's database, and relays
them.
"""
