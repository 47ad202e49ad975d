"""This deployment: settings, URLs, event types, and the commands `make demo` and `make cluster`."""
