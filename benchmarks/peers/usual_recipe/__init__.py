"""The usual Channels recipe: one group, one `group_send` per event, the state in Django's cache."""
