"""uvicorn with bounds on what a connection may cost before the application knows who it is.

    limits.py      the bounds, a token bucket, the header of a WebSocket frame   (sans-I/O)
    gate.py        open connections by state and by address, and why some were aborted
    transport.py   a transport that does not stay open: it aborts what does not read or does not close
    http.py        uvicorn's HTTP protocol, with bounds on a request's head, body and time
    websocket.py   uvicorn's WebSocket protocol, which reads one frame at a time
    run.py         `serve`, which starts it

docs/decisions/001-server-protocol.md has the reasons and the measurements.
"""
