"""A board of a network that learns to read handwritten digits."""
