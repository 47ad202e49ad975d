"""Reference producers: they learn real models on real rows and publish through `producers_api.client`.

Read in this order: `measures.py`, `learning.py`, `episodes.py`, `demo_events.py`, `demo_run.py`.
"""
