"""The page's own benchmark: what painting 10,000 updates a second costs it, and what loading it costs.

`python -m benchmarks.page` measures in headless Chromium and writes docs/measurements/page.md; with `--show`
it serves the benchmark page alone, for a browser of one's own.
"""
