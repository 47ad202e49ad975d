"""From an accepted event to every browser: publisher, updates, fan-out, positions and flow control."""
