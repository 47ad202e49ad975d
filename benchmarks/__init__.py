"""Compares Stickyboard with similar servers, from outside, over their documented protocols.

    row ─► peer (server on core 0) ─► publisher ─┐
                      └──────────────► generator ┴─ (core 1) ─► figures ─► table, docs/measurements/benchmarks.md

Reading order: `rows/` (what is measured), `peers/` (the servers), `run.py` (one server,
one generator, one publisher), `search.py` (how a sustained rate is found), `generator/` (C),
`guarantees.py` (no figures for a run that breaks a guarantee), `report.py`.
"""
