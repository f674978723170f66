// Goal: the n-th allocation of pushd fails, in whatever thread, during a handshake or an event: it lives on, the client is served, refused or sent
// away, and who comes back with since misses nothing. TORTURE_POINTS as in torture.test.mjs.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { call, newPerson, newTenant, sleep } from '../api/client.mjs';
import { freshToken, named, start, tries, whoAborted } from './torture.mjs';

const POINTS = process.env.TORTURE_POINTS === 'all' ? Infinity : Number(process.env.TORTURE_POINTS ?? 5);
const { token } = await newTenant();
const person = await newPerson(token);
const module = await start(`${process.env.BUILD}/pushd`, { threads: 'all' });
after(() => module.stop());

/** A client: {seqs, status, closed}; ${wanted}: an event it waits for, at most ${ms}. */
function listen(since, bearer = token) {
  const got = { seqs: [], opened: false, closed: false };
  const socket = new WebSocket(`ws+unix:${module.socket}:/ws/persons?since=${since}`, { headers: { Authorization: `Bearer ${bearer}`, Host: 'localhost' } });
  got.settled = new Promise((done) => {
    socket.on('open', () => { got.opened = true; done(); });
    socket.on('unexpected-response', (_, reply) => { got.status = reply.statusCode; reply.resume(); got.closed = true; done(); });
    socket.on('error', () => { got.closed = true; done(); });
    socket.on('close', () => { got.closed = true; done(); });
  });
  socket.on('message', (data) => got.seqs.push(JSON.parse(data).seq));
  got.end = () => socket.terminate();
  got.hears = async (seq, ms) => { for (let t = 0; t < ms && !got.closed && got.seqs.at(-1) !== seq; t += 10) await sleep(10); return got.seqs.at(-1) === seq; };
  return got;
}

let seq = 1;
const happen = async () => { assert.equal((await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: String(++seq) } })).status, 200); };

async function oneTry(n) {
  const bearer = freshToken(token), from = seq;
  module.arm(n);
  const client = listen(from, bearer);
  await Promise.race([client.settled, sleep(3000)]);
  await happen();
  const heard = await client.hears(seq, 3000);
  const state = module.disarm();
  client.end();
  return { client, heard, from, ...state };
}

test('torture-pushd: each allocation fails once', { timeout: 1800000 }, async (t) => {
  for (let i = 0; i < 3; i++) assert.ok((await oneTry(0)).heard);
  const { counted } = await oneTry(0);
  const seen = { heard: 0, refused: 0, closed: 0, silent: 0, ended: 0 }, wrong = [];
  for (const n of tries(counted, POINTS)) {
    const tried = await oneTry(n);
    const { client } = tried;
    const why = `allocation ${n} of ${counted}, status ${client.status}, heard ${client.seqs} after ${tried.from}:\n    `;
    if (!module.alive()) {
      if (whoAborted(tried.where)) seen.ended++;
      else wrong.push(`the process ended; ${why}${named(tried.where)}`);
      await module.revive();
    } else if (tried.heard) seen.heard++;
    else if (client.status) { seen.refused++; if (client.status !== 503) wrong.push(`${why}${named(tried.where)}`); }
    else if (client.closed) seen.closed++;
    else { seen.silent++; wrong.push(`nothing came; ${why}${named(tried.where)}`); }
    const again = listen(tried.from);
    if (!(await again.hears(seq, 10000))) wrong.push(`lost: ${again.seqs} instead of ${seq}; ${why}${named(tried.where)}`);
    again.end();
  }
  t.diagnostic(`pushd: handshake and event | ${counted} allocations | ${JSON.stringify(seen)}`);
  assert.deepEqual(wrong.slice(0, 8), []);
  assert.deepEqual(module.log().split('\n').filter((line) => /Sanitizer|runtime error:/.test(line)).slice(0, 5), []);
});
