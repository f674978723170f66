// What tests of live updates share: sockets of a real client that remember what they heard.
import { after } from 'node:test';
import WebSocket from 'ws';
import { BASE, until } from './client.mjs';

const WS = BASE.replace('http', 'ws');
const open = new Set();
after(() => open.forEach((socket) => socket.terminate()));

/** An open socket whose messages are collected; fails with the HTTP status when it is refused. */
export function connect(path, { token, protocols = [], headers = {}, base = WS } = {}) {
  return new Promise((done, fail) => {
    const socket = new WebSocket(base + path, protocols, { headers: { ...(token && { Authorization: `Bearer ${token}` }), ...headers } });
    const heard = Object.assign(socket, { messages: [], closed: null });
    open.add(socket);
    socket.on('message', (data) => heard.messages.push(JSON.parse(data)));
    socket.on('close', (code) => (heard.closed = code));
    socket.on('open', () => done(heard));
    socket.on('unexpected-response', (_, reply) => { let text = ''; reply.on('data', (piece) => (text += piece)).on('end', () => fail(Object.assign(new Error(`refused: ${reply.statusCode} ${text}`), { status: reply.statusCode, body: text && JSON.parse(text) }))); });
    socket.on('error', fail);
  });
}
export const refused = async (...args) => {
  try { await connect(...args); } catch (error) { return error.status; }
  return 101;
};
export const hears = (socket, check, ms = 5000) => until(() => socket.messages.some(check), ms);
