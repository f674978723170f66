// The peer in JavaScript: node's ws, as its manual broadcasts. Listens on the unix socket that is its argument; POST /publish goes to all.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((request, reply) => {
  let text = '';
  request.on('data', (piece) => (text += piece)).on('end', () => {
    for (const client of sockets.clients) client.send(text);
    reply.end('{}');
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen({ path: process.argv[2], backlog: 1024 });
