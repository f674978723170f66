// Goal: faults under load: a module restarted, killed, the database stopped; nothing acknowledged is lost, nothing is done twice.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { call, newTenant, somebody, sleep, until, unique, BASE, VAR } from '../api/client.mjs';

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let token;
before(async () => { ({ token } = await newTenant()); });

function send(method, path, body, headers = {}) {
  const text = body ? JSON.stringify(body) : undefined;
  return new Promise((done) => {
    const sent = request(new URL(BASE + path), { method, agent, headers: {
      Authorization: `Bearer ${token}`, ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}), ...headers } }, (reply) => {
      let answer = '';
      reply.on('data', (data) => { answer += data; });
      reply.on('end', () => done({ status: reply.statusCode, text: answer, retryAfter: reply.headers['retry-after'] }));
    });
    sent.on('error', (error) => done({ status: 0, text: String(error.code) }));
    sent.end(text);
  });
}

/** Steady reads and writes until stopped: {reads, writes, bad, made}. */
function load(clients) {
  const seen = { reads: 0, writes: 0, failed: [], made: [] };
  let going = true;
  const one = async () => {
    while (going) {
      const body = somebody({ last_name: `load ${unique()}` });
      const post = await send('POST', '/api/persons', body);
      if (post.status === 201) { seen.writes++; seen.made.push(body.email); } else seen.failed.push({ what: 'POST', at: Date.now(), ...post });
      const get = await send('GET', '/api/persons?per_page=1');
      if (get.status === 200) seen.reads++; else seen.failed.push({ what: 'GET', at: Date.now(), ...get });
    }
  };
  const all = Array.from({ length: clients }, one);
  return async () => { going = false; await Promise.all(all); return seen; };
}

async function stored() {
  const emails = [];
  let cursor;
  do {
    const reply = await send('GET', `/api/persons?per_page=200&fields=email&sort=created_at${cursor ? `&cursor=${cursor}` : ''}`);
    assert.equal(reply.status, 200, reply.text);
    const page = JSON.parse(reply.text);
    emails.push(...page.persons.map((p) => p.email));
    cursor = page.next_cursor;
  } while (cursor);
  return emails;
}

function pidsOf(pattern) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return pattern.test(line[0]) && (line.join(' ').includes(VAR) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`VAR=${VAR}\0`));
    } catch { return false; }
  }).map(Number);
}

test('fault-restart: 20 restarts under load fail no request and double none', { timeout: 120000 }, async () => {
  const stop = load(8);
  for (let i = 0; i < 20; i++) {
    execFileSync(process.env.CTL, ['restart', 'persons'], { stdio: 'ignore' });
    await sleep(50);
  }
  const seen = await stop();
  assert.deepEqual(seen.failed.slice(0, 3), []);
  assert.ok(seen.reads > 100 && seen.writes > 100, JSON.stringify([seen.reads, seen.writes]));
  const emails = await stored();
  assert.equal(new Set(emails).size, emails.length);
  const there = new Set(emails);
  assert.deepEqual(seen.made.filter((email) => !there.has(email)), []);
  assert.equal((await call('GET', '/api/persons', { token, expected: false })).body.total, emails.length);
});

test('fault-kill: kill -9 is back within two seconds and loses nothing acknowledged', { timeout: 60000 }, async () => {
  const stop = load(8);
  for (let i = 0; i < 3; i++) {
    await sleep(400);
    for (const pid of pidsOf(/persons\.fcgi$/)) process.kill(pid, 'SIGKILL');
    const took = await until(async () => (await send('GET', '/api/persons?per_page=1')).status === 200, 5000);
    assert.ok(took < 2000, `${took} ms`);
  }
  const seen = await stop();
  const there = new Set(await stored());
  assert.deepEqual(seen.made.filter((email) => !there.has(email)), []);
  for (const bad of seen.failed) assert.ok([502, 503, 504].includes(bad.status), JSON.stringify(bad).slice(0, 300));
  assert.equal((await call('GET', '/api/persons', { token, expected: false })).body.total, there.size);
});

test('fault-database: 503 with Retry-After while it is away, nothing after, no restart of modules', { timeout: 90000 }, async () => {
  const [database] = pidsOf(/mariadbd$/);
  if (!database) return;
  const modules = pidsOf(/persons\.fcgi$/);
  const stop = load(4);
  await sleep(300);
  process.kill(database, 'SIGSTOP');
  await sleep(11000);
  process.kill(database, 'SIGCONT');
  await until(async () => (await send('GET', '/api/persons?per_page=1')).status === 200, 20000);
  await sleep(2000); // what was under way when it came back has ended
  const back = Date.now();
  await sleep(1000);
  const seen = await stop();
  assert.deepEqual(seen.failed.filter((bad) => bad.at > back), []);
  assert.ok(seen.failed.length > 0, 'the database was away');
  for (const bad of seen.failed) {
    assert.equal(bad.status, 503, JSON.stringify(bad).slice(0, 300));
    assert.ok(Number(bad.retryAfter) >= 1);
    assert.equal(JSON.parse(bad.text).status, 503);
  }
  const emails = await stored();
  const there = new Set(emails);
  assert.equal(there.size, emails.length);
  assert.deepEqual(seen.made.filter((email) => !there.has(email)), []);
  for (let i = 0; i < 50; i++) assert.equal((await send('GET', '/api/persons?per_page=1')).status, 200);
  assert.deepEqual(pidsOf(/persons\.fcgi$/), modules);
});
