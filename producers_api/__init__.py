"""The reusable ingest app: authenticates producers, and passes their events to the publisher.

Read `models` and `tokens`, `messages` (sans-I/O), `ingest` (checks events), then `consumers` and `views`, the
two entry points. Producers import the package `stickyboard`, which needs no Django.
"""
