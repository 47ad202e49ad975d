"""Programs that publish events at a given pace; each is a process of its own on the generator's core."""
