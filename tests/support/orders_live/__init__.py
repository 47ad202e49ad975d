"""An app without models that displays those of `tests.support.orders`."""
