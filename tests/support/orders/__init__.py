"""An app with models that tests of live models display."""
