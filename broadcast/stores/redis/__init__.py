"""The store for several processes or machines, on Redis or Valkey."""
