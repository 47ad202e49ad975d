"""This deployment: settings, the event table, the board's page and its scenes."""
