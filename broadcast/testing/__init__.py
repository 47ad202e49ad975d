"""Check a deployment: guarantees over recorded transcripts, and the mirror they follow."""
