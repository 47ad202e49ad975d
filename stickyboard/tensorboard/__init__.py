"""Imports TensorBoard folders: their event files are read without TensorFlow and sent as runs.

Reading order: `records.py` (framing), `protobuf.py`, `summaries.py` (contents of a record), `folders.py` (what is sent
for them), `delivery.py`.
"""
