"""The six guarantees over what browsers received, and histories that try to break them."""
