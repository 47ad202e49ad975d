"""What operators see and do: processes, connections, counters, dumps, integrity, queries."""
