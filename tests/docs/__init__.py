"""The docs say what the code does: names, defaults and numbers are compared, links followed, examples run."""
