"""Measures Stickyboard beside servers of its kind, from outside, over their documented protocols.

    row ─► peer (server on core 0) ─► publisher ─┐
                      └──────────────► generator ┴─ (core 1) ─► figures ─► table, docs/measurements/benchmarks.md

Read on in this order: `rows/` (what is measured), `peers/` (who is measured), `run.py` (one server,
one generator, one publisher), `search.py` (how a sustained rate is found), `generator/` (C),
`guarantees.py` (no figures for a run that broke a promise), `report.py`.
"""
