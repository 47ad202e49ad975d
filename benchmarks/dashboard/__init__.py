"""The deployment that is measured: Stickyboard with an event type for each row."""
