// Goal: connections run out, of the database and of nginx: refused with 503, or not taken; when there are some again, all is as before.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { BASE, sleep, until } from '../api/client.mjs';
import { database } from './database.mjs';
import { away, expect, FULL, send, start } from './load.mjs';

const seconds = FULL ? 5 : 1;
const reload = (env) => execFileSync('cgi-bin/ctl/stack.sh', ['reload'], { env: { ...process.env, ...env }, stdio: 'ignore' });

test('fault-connections: the database takes no more', { timeout: 120000 }, async () => {
  const db = database();
  const [[usual]] = await db.ask('SELECT @@max_connections');
  const load = await start();
  await sleep(500);
  await db.ask('SET GLOBAL max_connections = 10');
  for (const [id] of await db.ask("SELECT id FROM information_schema.processlist WHERE user LIKE 'almoner_%'")) await db.ask(`KILL ${id}`);
  await sleep(seconds * 1000);
  await db.ask(`SET GLOBAL max_connections = ${usual}`);
  db.end();
  await sleep(2500); // the pause that a dead database is left alone for
  const back = Date.now();
  await sleep(1000);
  const result = await load.stop();
  assert.deepEqual(result.failed.filter((bad) => bad.at > back).slice(0, 3), []);
  expect('max_connections of the database', result, { done: `10 for ${seconds} s`, failed: (bad) => bad.status === 503 && away(bad) });
});

test('fault-connections: nginx takes no more', { timeout: 120000 }, async () => {
  const load = await start({ clients: 4 });
  const workers = Number(process.env.EDGE_WORKERS ?? 2), held = [];
  reload({ EDGE_WORKER_CONNECTIONS: '64' });
  await sleep(500);
  for (let i = 0; i < 64 * workers * 2; i++) held.push(net.connect(new URL(BASE).port, '127.0.0.1').on('error', () => {}));
  await sleep(seconds * 1000);
  held.forEach((socket) => socket.destroy());
  reload({});
  await until(async () => (await send('GET', '/health/persons')).status === 200, 15000);
  await sleep(1500);
  const back = Date.now();
  await sleep(1000);
  const result = await load.stop();
  assert.deepEqual(result.failed.filter((bad) => bad.at > back).slice(0, 3), []);
  // nginx has no connection to say so on: it closes.
  expect('worker_connections of nginx', result, { done: `64 a worker for ${seconds} s`, failed: (bad) => bad.status === 0 || away(bad) });
});
