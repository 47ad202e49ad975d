"""The store on Redis or Valkey, for more than one process or machine."""
