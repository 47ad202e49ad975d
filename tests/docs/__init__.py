"""Compares the docs with the code: names, defaults, numbers, links and examples."""
