// Goal: the system's clock jumps under a module (libfaketime changes it, without touching the clocks that never jump): tokens, limits, leases and
// waits survive what a correction of the clock does.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import WebSocket from 'ws';
import { BASE, call, newPerson, newTenant, sleep, until, VAR } from '../api/client.mjs';
import { database } from './database.mjs';
import { freshToken, start } from './torture.mjs';

const library = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path));
const why = library ? false : 'libfaketime is not installed';
if (why) console.log(`# SKIP: ${why}`);

const clock = `${VAR}/run/clock`;
const jump = (offset) => writeFileSync(clock, offset);
const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
const modules = [];
const sockets = [], db = database();
after(async () => {
  db.end();
  for (const socket of sockets) socket.terminate();
  for (const module of modules) await module.stop();
});
const run = async (program, more = {}) => { jump('+0'); modules.push(await start(`${process.env.BUILD}/${program}`, { env: { ...env, ...more } })); return modules.at(-1); };

test('fault-clock: tokens and limits of a module whose clock jumps', { skip: why, timeout: 120000 }, async () => {
  const { token } = await newTenant();
  const person = await newPerson(token);
  const persons = await run('cgi-bin/persons.fcgi', { RATE_LIMIT_SCALE: '1', RATE_USER: '30' });
  const get = async (bearer = freshToken(token)) => (await persons.send('GET', `/api/persons/${person.id}`, { headers: { Authorization: `Bearer ${bearer}` } })).status;
  const kept = freshToken(token);
  assert.equal(await get(kept), 200);
  for (const [offset, want] of [['+30', 200], ['-30', 200], ['+3600', 200], ['-3600', 401], ['+0', 200], ['+9d', 401], ['+0', 200]]) {
    jump(offset);
    assert.equal(await get(), want, `a token seen first, the clock ${offset}`);
    const again = await get(kept);
    assert.ok(again === 200 || want === 401, `a token known, the clock ${offset}: ${again}`);
  }
  let statuses = [];
  for (let i = 0; i < 60; i++) statuses.push(await get(kept));
  assert.equal(statuses.at(-1), 429);
  for (const offset of ['+3600', '-60', '+0']) {
    jump(offset);
    assert.equal(await get(kept), 429, 'a limit is not lifted by the clock');
    jump('+0');
  }
  await until(async () => (await get(kept)) === 200, 10000); // by time that passes it is
});

test('fault-clock: the relay whose clock jumps takes or loses the lease; events stay dense', { skip: why, timeout: 120000 }, async () => {
  const { token } = await newTenant();
  const person = await newPerson(token);
  const other = await run('pushd');
  const seqs = [];
  const listen = async (since) => {
    const socket = new WebSocket(`${BASE.replace('http', 'ws')}/ws/persons?since=${since}`, { headers: { Authorization: `Bearer ${token}` } });
    sockets.push(socket);
    socket.on('message', (data) => seqs.push(JSON.parse(data).seq));
    socket.on('error', () => {});
    await new Promise((done) => socket.on('open', done));
  };
  await listen(0);
  for (const offset of ['+3600', '-3600', '+0', '+86400', '+0']) {
    jump(offset);
    for (let i = 0; i < 4; i++) { await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: `${offset} ${i}` } }); await sleep(40); }
  }
  await until(() => seqs.length >= 21, 20000);
  // One that had the lease until tomorrow dies without giving it back.
  jump('+86400');
  execFileSync(process.env.CTL, ['stop', 'pushd']);
  await until(async () => Number((await db.ask('SELECT expires_at > UTC_TIMESTAMP() + INTERVAL 1 HOUR FROM relay_lease'))[0][0]), 15000);
  process.kill(other.pid(), 'SIGKILL');
  jump('+0');
  execFileSync(process.env.CTL, ['start', 'pushd']);
  assert.equal((await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'after' } })).status, 200);
  await listen(21);
  await until(() => seqs.at(-1) === 22, 20000);
  assert.deepEqual(seqs, Array.from({ length: 22 }, (_, i) => i + 1));
});
