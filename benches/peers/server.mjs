// A Socket.IO server as its documentation builds one, on Node's own http.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, token] = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { rooms, data } = JSON.parse(Buffer.concat(chunks));
  shared.to(rooms).emit(request.url.slice("/emit/".length), data);
  response.end("ok");
});
const io = new Server(server);
const shared = io.of("/v1/shared");
shared.use((socket, next) => {
  const { auth } = socket.handshake;
  if (auth.token !== token) return next(new Error("unauthorized"));
  socket.join(auth.rooms);
  next();
});
server.listen(Number(port), "127.0.0.1");
