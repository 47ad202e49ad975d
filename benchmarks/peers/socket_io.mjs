// A dashboard's server as Socket.IO's guide writes it: publish to all, keep the newest, send it on connect.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 600_000, maxHttpBufferSize: 1e6 });
const stored = new Map();

io.on("connection", (socket) => {
  socket.on("publish", (event) => io.to("followers").emit("event", event));
  socket.on("keep", (key, event) => stored.set(key, event));
  if (socket.handshake.query.state) {
    if (stored.size === 587) socket.emit("state", Object.fromEntries(stored));
  } else {
    socket.join("followers");
  }
});

http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 2048 });
