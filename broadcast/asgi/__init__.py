"""Wraps the ASGI application: prefix, origin, loopback, threads, lifespan."""
