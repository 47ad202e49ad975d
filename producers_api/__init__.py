"""The reusable ingest app: who may send what, and the way from a socket or a POST to the publisher.

Read: `models` (tokens), `auth`, `messages` (pure: what a message bears), `ingest` (checks its
events), `consumers` and `views` (the two ways in). `client` is what a producer imports; it needs
no Django.
"""
