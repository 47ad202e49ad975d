"""uvicorn with limits on what a connection may cost before the application has identified the client.

    limits.py           the limits, a token bucket, the header of a WebSocket frame   (sans-I/O)
    connection_gate.py  open connections by state and by address, and the causes of aborted ones
    transport.py        a transport that aborts connections whose peer neither reads nor closes
    http.py             uvicorn's HTTP protocol, with limits on a request's head, body and time
    frames.py           one frame of a message for all sockets, and short messages without a parser   (sans-I/O)
    websocket.py        uvicorn's WebSocket protocol, which parses one frame at a time
    attach.py           lets an application return while its WebSocket stays open: what it uses
    attachable.py       the same: what uvicorn needs for it
    ports.py            ports on which a server can listen, and what to do about one that cannot be used
    run.py              `serve`, which starts the server

docs/decisions/001-server-protocol.md has the reasons and the measurements.
"""
