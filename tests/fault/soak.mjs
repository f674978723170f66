// Goal: SOAK_SECONDS (600) of everything at once: no error, and what a module holds of memory, descriptors and database connections does not grow.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { BASE, newInteraction, newPerson, newTenant, sleep, somebody, unique } from '../api/client.mjs';
import { database } from './database.mjs';
import { MODULES, pidsOf, send } from './load.mjs';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600), WARM = Math.max(SECONDS / 5, 10), CLIENTS = 8;
const CONNECTIONS_MAX = 16 + 3; // threads; revocations, chores, one that just ends
const GROWTH_KIB = 8192; // of one module, after it is warm: allocators round, thread by thread

const admin = await newTenant();
const { token, email, password } = admin;
const made = await send('POST', '/api/v1/sites', { token, body: { name: `Site ${unique()}` } });
const site = JSON.parse(made.text).id ?? JSON.parse(made.text).site.id;
const persons = await Promise.all(Array.from({ length: 40 }, () => newPerson(token)));
const met = await newInteraction(token, site);
const any = () => persons[Math.floor(Math.random() * persons.length)].id;
const csv = () => `first_name,last_name,email,risk_level\n${Array.from({ length: 20 }, () => `A,B ${unique()},${unique()}@example.com,low`).join('\n')}\n`;
const raw = async (path, body, headers) => { const reply = await fetch(BASE + path, { method: body ? 'POST' : 'GET', headers: { Authorization: `Bearer ${token}`, ...headers }, body }); return { status: reply.status, text: await reply.text() }; };

function socket() {
  return new Promise((done) => {
    const client = new WebSocket(`${BASE.replace('http', 'ws')}/ws/persons`, { headers: { Authorization: `Bearer ${token}` } });
    client.on('open', () => setTimeout(() => client.close(), Math.random() * 2000));
    client.on('close', () => done({ status: 101 }));
    client.on('unexpected-response', (_, reply) => { reply.resume(); done({ status: reply.statusCode }); });
    client.on('error', () => {});
  });
}

async function report() {
  const reply = await send('POST', `/api/reports/intervention/${any()}`, { token });
  return reply.status === 200 ? raw(JSON.parse(reply.text).file_url) : reply;
}

async function comeAndGo() {
  const reply = await send('POST', '/api/auth/login', { body: { email, password } });
  return reply.status === 200 ? send('POST', '/api/auth/logout', { token: JSON.parse(reply.text).token }) : reply;
}

async function person() {
  const reply = await send('POST', '/api/persons', { token, body: somebody(), headers: { 'Idempotency-Key': unique() } });
  return reply.status === 201 ? send('DELETE', `/api/persons/${JSON.parse(reply.text).id}`, { token }) : reply;
}

/* weight, what is right, how */
const deeds = [
  [20, [200], () => send('GET', `/api/persons/${any()}`, { token })],
  [15, [200], () => send('GET', '/api/persons?per_page=20&risk_level=high,moderate', { token })],
  [10, [200], () => send('GET', '/api/persons?q=smith', { token })],
  [8, [200], () => send('GET', '/api/v1/search/interactions?query=weekly', { token })],
  [5, [200], () => send('GET', `/api/v1/interactions/${met.id}.ics`, { token })],
  [10, [200, 204], person],
  [6, [200], () => send('PUT', `/api/persons/${any()}`, { token, body: { notes: unique() } })],
  [6, [201], () => send('POST', '/api/interactions', { token, body: { person_id: any(), type: 'call', date: '2024-01-18T10:30:00Z' } })],
  [2, [200, 204], comeAndGo],
  [1, [200], () => raw('/api/v1/persons/import', csv(), { 'Content-Type': 'text/csv' })],
  [1, [200], () => raw('/api/v1/persons/export?format=csv')],
  [1, [200], report],
  [3, [101], socket],
  [2, [400], () => send('POST', '/api/persons', { token, body: { email: 7 } })],
  [2, [400], () => raw('/api/persons', '{"a":', { 'Content-Type': 'application/json' })],
  [2, [401], () => send('GET', '/api/persons', { token: 'nonsense' })],
  [2, [404], () => send('GET', '/api/persons/person_01h455vb4pex5vsknk084sn02q', { token })],
  [1, [400], () => send('GET', '/api/persons?colour=red', { token })],
].flatMap(([weight, ...deed]) => Array(weight).fill(deed));

const programs = [...MODULES.map((name) => [name, new RegExp(`/${name}\\.fcgi$`)]), ['pushd', /\/pushd$/]];
const rss = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'latin1').match(/VmRSS:\s+(\d+)/)[1]);
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

test(`soak: ${SECONDS} s of everything`, { timeout: (SECONDS + 120) * 1000 }, async () => {
  const db = database(), pids = new Map(programs.map(([name, pattern]) => [name, pidsOf(pattern)[0]]));
  const wrong = [];
  let going = true, done = 0;
  const one = async () => {
    while (going) {
      const [right, how] = deeds[Math.floor(Math.random() * deeds.length)];
      const reply = await how();
      done++;
      if (!right.includes(reply.status)) wrong.push(`${reply.status} instead of ${right}: ${how} ${String(reply.text).slice(0, 200)}`);
    }
  };
  const run = async (seconds) => {
    const seen = new Map([...pids.keys()].map((name) => [name, []]));
    going = true;
    const all = Array.from({ length: CLIENTS }, one);
    for (const until = Date.now() + seconds * 1000; Date.now() < until && wrong.length < 20; await sleep(500)) for (const [name, pid] of pids) seen.get(name).push(rss(pid));
    going = false;
    await Promise.all(all);
    await sleep(3000); // what was under way has ended
    for (const [name, pid] of pids) seen.get(name).push(rss(pid));
    // A thread opens its database connection when it first needs one: those are counted apart.
    const connected = new Map(await db.ask("SELECT SUBSTRING(user, 9), COUNT(*) FROM information_schema.processlist WHERE user LIKE 'almoner_%' GROUP BY user"));
    return new Map([...pids].map(([name, pid]) => {
      const connections = Number(connected.get(name) ?? 0);
      return [name, { kib: seen.get(name).at(-1), peak: Math.max(...seen.get(name)), connections, fds: descriptors(pid) - connections }];
    }));
  };
  const warm = await run(WARM);
  const end = await run(SECONDS - WARM);
  db.end();
  console.log(`# ${done} requests | ${wrong.length} wrong`);
  for (const [name, { kib, peak, connections, fds }] of end) {
    const was = warm.get(name);
    console.log(`# ${name} | ${was.kib} -> ${kib} KiB, at most ${peak} | database connections ${was.connections} -> ${connections} | other descriptors ${was.fds} -> ${fds}`);
  }
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.ok(done > SECONDS * 10, `${done} requests`);
  for (const [name, pid] of pids) assert.deepEqual(pidsOf(programs.find(([other]) => other === name)[1]), [pid], `${name} is the same process`);
  for (const [name, { kib, connections, fds }] of end) {
    assert.ok(kib - warm.get(name).kib < GROWTH_KIB, `${name} grew: ${warm.get(name).kib} -> ${kib} KiB`);
    assert.equal(fds, warm.get(name).fds, `descriptors of ${name}`);
    assert.ok(connections <= CONNECTIONS_MAX, `${name} has ${connections} database connections`);
  }
});
