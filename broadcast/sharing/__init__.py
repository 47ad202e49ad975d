"""Share links: read-only addresses of one board or one scene, for people without an account.

`tokens` makes and reads the secret in an address, `links` looks a link up and closes its sockets, `views` are its page
and its state. Board sockets of a link are served by `broadcast.consumers`.
"""
