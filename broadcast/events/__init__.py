"""Event types, policies and validation. No I/O."""
