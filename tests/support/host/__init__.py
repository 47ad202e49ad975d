"""A project whose own pages contain boards and scenes, with styles that would break both if they met."""
