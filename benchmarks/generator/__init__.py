"""The load generator: a C program, compiled when it is first used, and what drives it."""
