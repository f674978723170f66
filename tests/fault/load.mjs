// Steady mixed load through nginx whose writes are remembered: at the end each acknowledged one is looked up, and each is counted.
import { readFileSync, readdirSync, appendFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { BASE, newPerson, newTenant, sleep, somebody, VAR } from '../api/client.mjs';
import { database } from './database.mjs';

/** Full length (make fault), or the seconds that make test has. */
export const FULL = process.env.FAULT_SCALE === 'full';
export const MODULES = readdirSync(`${process.env.BUILD}/cgi-bin`).filter((name) => name.endsWith('.fcgi')).map((name) => name.slice(0, -5));

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** send(method, path, {token, body, headers, base}): {status, text, retryAfter}; status 0: the connection was torn or refused. */
export function send(method, path, { token, body, headers = {}, base = BASE, through = agent } = {}) {
  const text = body ? JSON.stringify(body) : undefined;
  return new Promise((done) => {
    const sent = request(new URL(base + path), { method, agent: through, headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}), ...headers } }, (reply) => {
      let answer = '';
      reply.on('data', (data) => { answer += data; });
      reply.on('error', (error) => done({ status: 0, text: String(error.code) }));
      reply.on('end', () => done({ status: reply.statusCode, text: answer, retryAfter: reply.headers['retry-after'] }));
    });
    sent.on('error', (error) => done({ status: 0, text: String(error.code) }));
    sent.end(text);
  });
}

/** The processes of this stack (or of another folder) whose program matches. */
export function pidsOf(pattern, folder = VAR) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return pattern.test(line[0]) && (line.join(' ').includes(`${folder}/`) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`VAR=${folder}\0`));
    } catch { return false; }
  }).map(Number);
}

/* One write, told by its marker. With a key it is repeated until it is acknowledged, as a careful client does. */
async function write(load, path, body, marker, keyed) {
  const headers = keyed ? { 'Idempotency-Key': marker } : {};
  const until = Date.now() + load.patience;
  for (let first = true; ; first = false) {
    const reply = await load.send('POST', path, { body, headers });
    if (reply.status === 201) return load.acked.push(marker);
    if (!keyed || Date.now() > until || !load.patience) return load.unacked.push(marker);
    if (!first) load.repeated++;
    await sleep(200);
  }
}

const person = (load, keyed) => { const marker = randomUUID(); return write(load, '/api/persons', somebody({ last_name: marker, notes: load.notes }), marker, keyed); };
const happening = (load, keyed) => {
  const marker = randomUUID(), { id } = load.persons[Math.floor(Math.random() * load.persons.length)];
  return write(load, '/api/interactions', { person_id: id, type: 'call', date: '2024-01-18T10:30:00Z', description: marker }, marker, keyed);
};
const READS = ['/api/persons?per_page=5', '/api/persons?q=smith&per_page=5', '/api/interactions?per_page=5', '/api/auth/me', '/api/v1/reports', '/api/v1/changes?since=0'];

async function reads(load, turn) {
  const { id } = load.persons[turn % load.persons.length];
  const paths = [...READS.filter((path) => load.wants(path)), `/api/persons/${id}`, `/api/persons/${id}/history`, ...MODULES.map((name) => `/health/${name}`)];
  await load.send('GET', paths[turn % paths.length]);
  await load.send('GET', paths[(turn * 7 + 3) % paths.length]);
}

/* A test that fails leaves no load behind. */
const loads = [];
after(() => loads.forEach((load) => Object.assign(load, { going: false, patience: 0 })));

/** start({clients, seconds}): load that goes on until stop(), which returns {requests, failed, acked, repeated, lost, doubled, unknown}. */
export async function start({ clients = 8, patience = 30000, notes, account, base = BASE, folder = VAR } = {}) {
  const { token, tenant } = account ?? await newTenant();
  const load = { requests: 0, failed: [], acked: [], unacked: [], repeated: 0, patience, notes, token, tenant, going: true, persons: [] };
  for (let i = 0; i < 8; i++) load.persons.push(account ? JSON.parse((await send('POST', '/api/persons', { token, body: somebody(), base })).text) : await newPerson(token));
  loads.push(load);
  load.wants = (path) => load.there?.has(path) ?? true;
  load.send = async (method, path, more) => {
    const reply = await send(method, path, { token, base, ...more });
    load.requests++;
    if (reply.status < 200 || reply.status >= 300) load.failed.push({ what: `${method} ${path}`, at: Date.now(), ...reply });
    return reply;
  };
  const found = await Promise.all(READS.map(async (path) => [path, (await send('GET', path, { token, base })).status]));
  load.there = new Set(found.filter(([, status]) => status === 200).map(([path]) => path));
  assert.ok(load.there.size >= 4, JSON.stringify(found));
  const one = async (n) => {
    for (let turn = n; load.going; turn++) {
      await [person, happening][turn % 2](load, turn % 4 < 2);
      await reads(load, turn);
    }
  };
  const all = Array.from({ length: clients }, (_, n) => one(n));
  load.stop = async () => {
    load.going = false;
    await Promise.all(all);
    return count(load, folder);
  };
  return load;
}

/* What is stored, against what was said. */
async function count(load, folder) {
  const db = database(folder);
  const tenant = `UNHEX('${load.tenant.replaceAll('-', '')}')`;
  const times = new Map();
  for (const [marker] of await db.ask(`SELECT last_name FROM persons WHERE tenant_id = ${tenant} UNION ALL SELECT description FROM interactions WHERE tenant_id = ${tenant}`))
    times.set(marker, (times.get(marker) ?? 0) + 1);
  db.end();
  const written = [...load.acked, ...load.unacked];
  return { requests: load.requests, failed: load.failed, acked: load.acked.length, repeated: load.repeated, lost: load.acked.filter((marker) => !times.has(marker)).length,
    doubled: written.filter((marker) => times.get(marker) > 1).length, unknown: load.unacked.filter((marker) => times.has(marker)).length };
}

const statuses = (failed) => Object.entries(failed.reduce((sum, { status }) => ({ ...sum, [status || 'torn']: (sum[status || 'torn'] ?? 0) + 1 }), {})).map(([status, n]) => `${n} × ${status}`).join(', ') || '0';

/** expect(name, result, {failed}): nothing lost or doubled; failed: 0, or a function that says whether a failure may be. Keeps the row. */
export function expect(name, result, { failed = () => false, done = '' } = {}) {
  const row = [name, done, result.requests, result.acked, statuses(result.failed), result.repeated, result.unknown, result.lost, result.doubled];
  if (process.env.FAULT_RESULTS) appendFileSync(process.env.FAULT_RESULTS, `| ${row.join(' | ')} |\n`);
  console.log(`# ${row.join(' | ')}`);
  assert.deepEqual([result.lost, result.doubled], [0, 0], 'lost, doubled');
  assert.deepEqual(result.failed.filter((bad) => !failed(bad)).slice(0, 3).map((bad) => ({ ...bad, text: bad.text.slice(0, 200) })), []);
  assert.ok(result.acked > 0, 'there was load');
}

/** What a service that is away may say: 502 or 503 (504 when it is unknown whether it happened), when to come again, in a problem. */
export const away = ({ status, retryAfter, text }) => [502, 503, 504].includes(status) && Number(retryAfter) >= 1 && JSON.parse(text).status === status;

/** What it may say when the database was away: that, or that the first request with this key is still under way there. */
export const busy = (bad) => (bad.status === 503 && away(bad)) || (bad.status === 409 && Number(bad.retryAfter) >= 1 && JSON.parse(bad.text).code === 'IDEMPOTENCY_IN_FLIGHT');
export { sleep };
