// Goal: clients that are slow, that leave in the middle of a body, or that keep a thousand connections open and say nothing, cost the others nothing.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { BASE, newTenant, sleep, somebody, unique } from '../api/client.mjs';
import { database } from './database.mjs';
import { expect, FULL, start } from './load.mjs';

const { port } = new URL(BASE);
const open = new Set();
after(() => open.forEach((socket) => socket.destroy()));

function connect() {
  return new Promise((done, fail) => {
    const socket = net.connect(port, '127.0.0.1', () => done(socket));
    open.add(socket);
    socket.heard = '';
    socket.on('data', (data) => { socket.heard += data.toString('latin1'); });
    socket.on('error', fail);
    socket.on('close', () => { socket.gone = true; open.delete(socket); });
  });
}
const connections = (count) => Promise.all(Array.from({ length: count }, connect));
const post = (token, body, length) => `POST /api/persons HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

test('fault-clients: heads and bodies byte by byte, and answers that nobody reads', { timeout: 120000 }, async () => {
  const { token } = await newTenant();
  const load = await start();
  const seconds = FULL ? 20 : 3;
  const heads = await connections(200), bodies = await connections(60), readers = await connections(40);
  const body = JSON.stringify(somebody());
  heads.forEach((socket) => socket.write('GET /api/persons HTTP/1.1\r\nHost: localhost\r\nX-Slow: '));
  bodies.forEach((socket) => socket.write(post(token, '', body.length + 1000)));
  for (const socket of readers) {
    socket.pause();
    socket.write(`GET /api/v1/persons/export?format=csv HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${load.token}\r\n\r\n`);
  }
  for (let i = 0; i < seconds; i++) {
    await sleep(1000);
    for (const socket of [...heads, ...bodies]) if (!socket.gone) socket.write('x', () => {});
  }
  if (FULL) assert.deepEqual(heads.filter((socket) => !socket.gone).length, 0, 'a head takes 10 s at most');
  expect('slow clients', await load.stop(), { done: `200 heads, 60 bodies, 40 readers for ${seconds} s` });
  [...heads, ...bodies, ...readers].forEach((socket) => socket.destroy());
});

test('fault-clients: half a body is no request', { timeout: 120000 }, async () => {
  const { token, tenant } = await newTenant();
  const load = await start();
  for (let round = 0; round < (FULL ? 20 : 2); round++) {
    for (const socket of await connections(50)) {
      const body = JSON.stringify(somebody({ last_name: `half ${unique()}` }));
      const cut = round % 2 ? body : `${body}   `; // a whole document, but not all that was announced; or a torn one
      socket.write(post(token, round % 2 ? cut.slice(0, cut.length / 2) : body, cut.length), () => socket.destroy());
    }
    await sleep(50);
  }
  expect('half-sent bodies', await load.stop(), { done: `${FULL ? 1000 : 100} connections` });
  const db = database();
  assert.deepEqual(await db.ask(`SELECT COUNT(*) FROM persons WHERE tenant_id = UNHEX('${tenant.replaceAll('-', '')}')`), [['0']]);
  db.end();
});

test('fault-clients: a thousand idle connections that are kept', { timeout: 120000 }, async () => {
  const load = await start();
  const ask = (socket) => { socket.heard = ''; socket.write('GET /health/persons HTTP/1.1\r\nHost: localhost\r\n\r\n'); };
  const idle = [];
  for (let i = 0; i < 10; i++) idle.push(...(await connections(100)));
  const answered = async () => { for (let i = 0; i < 200 && idle.some((socket) => !socket.heard.startsWith('HTTP/1.1 200')); i++) await sleep(50); return idle.filter((socket) => socket.heard.startsWith('HTTP/1.1 200')).length; };
  const both = [];
  for (let turn = 0; turn < 2; turn++) {
    for (let i = 0; i < idle.length; i += 50) { idle.slice(i, i + 50).forEach(ask); await sleep(20); }
    both.push(await answered());
    await sleep(FULL ? 10000 : 1000);
  }
  assert.deepEqual(both, [1000, 1000]);
  expect('idle connections', await load.stop(), { done: '1000, each used twice' });
  idle.forEach((socket) => socket.destroy());
});
