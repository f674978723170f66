// Goal: hookd dies and is restarted while events are written: every event reaches its webhook, none is lost, a death is made up for in seconds.
import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';
import { call, newPerson, newTenant, sleep, until } from '../api/client.mjs';

const HOST = '127.0.0.9';
const got = [];
const server = http.createServer(async (request, reply) => {
  let text = '';
  for await (const piece of request) text += piece;
  await sleep(3);
  got.push({ id: request.headers['webhook-id'], at: Date.now() });
  reply.writeHead(204).end();
});
after(() => { server.closeAllConnections(); server.close(); });

const control = (...words) => execFileSync(process.env.CTL, words, { encoding: 'utf8' });
const pid = () => Number(control('status').match(/^hookd +up +pid (\d+)/m)?.[1] ?? 0);

test('webhooks-killed: every event arrives although hookd is killed three times and restarted once', async () => {
  await new Promise((done) => server.listen(0, HOST, done));
  const { token } = await newTenant();
  const hook = (await call('POST', '/api/v1/webhooks', { token, body: { url: `http://${HOST}:${server.address().port}/`, events: ['persons'] } })).body.webhook;
  const persons = 240;
  let made = 0;
  const write = async () => { while (made < persons) { made++; await newPerson(token); await sleep(20); } };
  const disturb = async () => {
    for (let i = 0; i < 3; i++) {
      await until(() => got.length >= 20 * (i + 1), 20000);
      process.kill(pid(), 'SIGKILL');
      await until(() => pid() > 0);
    }
    control('restart', 'hookd');
  };
  await Promise.all([write(), write(), disturb()]);
  const distinct = () => new Set(got.map((e) => e.id)).size;
  await until(() => distinct() === persons, 40000);
  const places = [...new Set(got.map((e) => Number(e.id.split('_')[3])))].sort((a, b) => a - b);
  assert.deepEqual(places, Array.from({ length: persons }, (_, i) => i + 1), 'each place of the stream');
  const repeats = got.length - distinct();
  assert.ok(repeats <= 4, `${repeats} repeats: only what was under way`);
  const pauses = got.slice(1).map((e, i) => e.at - got[i].at);
  assert.ok(Math.max(...pauses) < 9000, `taken up after ${Math.max(...pauses)} ms`);
  await until(async () => (await call('GET', `/api/v1/webhooks/${hook.id}/deliveries?state=pending`, { token })).body.total === 0, 20000);
});

test('webhooks-stop: what is under way ends before hookd does', async () => {
  const { token } = await newTenant();
  let begun = 0, ended = 0;
  const slow = http.createServer(async (request, reply) => { begun++; await sleep(1500); ended++; reply.writeHead(204).end(); });
  after(() => { slow.closeAllConnections(); slow.close(); });
  await new Promise((done) => slow.listen(0, HOST, done));
  const hook = (await call('POST', '/api/v1/webhooks', { token, body: { url: `http://${HOST}:${slow.address().port}/`, events: ['persons'] } })).body.webhook;
  await newPerson(token);
  await until(() => begun === 1);
  control('restart', 'hookd');
  await until(() => ended === 1);
  await until(async () => (await call('GET', `/api/v1/webhooks/${hook.id}/deliveries`, { token })).body.deliveries[0].state === 'delivered');
  assert.equal(begun, 1, 'not sent again');
});

test('webhooks-lease: of two daemons one delivers; the other follows when it dies', async () => {
  const { VAR, BUILD } = process.env;
  const { token } = await newTenant();
  const seen = [];
  const hears = http.createServer(async (request, reply) => { seen.push(request.headers['webhook-id']); reply.writeHead(204).end(); });
  after(() => { hears.closeAllConnections(); hears.close(); });
  await new Promise((done) => hears.listen(0, HOST, done));
  await call('POST', '/api/v1/webhooks', { token, body: { url: `http://${HOST}:${hears.address().port}/`, events: ['persons'] } });
  const second = spawn(`${BUILD}/hookd`, [], { env: { ...process.env, DB_PASSWORD_FILE: `${VAR}/secrets/db-hookd` }, stdio: ['ignore', 'ignore', 'pipe'] });
  after(() => second.kill('SIGKILL'));
  let said = '';
  second.stderr.on('data', (piece) => (said += piece));
  await until(() => said.includes('hookd.started'));
  for (let i = 0; i < 30; i++) await newPerson(token);
  await until(() => seen.length >= 30);
  await sleep(500);
  assert.equal(seen.length, 30, 'each once');
  assert.ok(!said.includes('hookd.leads'), said);
  control('stop', 'hookd');
  await until(() => said.includes('hookd.leads'), 3000);
  await newPerson(token);
  await until(() => seen.length === 31, 3000);
  control('start', 'hookd');
  second.kill('SIGTERM');
  await until(() => second.exitCode === 0, 5000);
  await newPerson(token);
  await until(() => seen.length === 32, 3000);
});
