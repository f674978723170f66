// Goal: the n-th allocation of a request fails: the answer is 503 or the right one, a refused request has stored nothing, an acknowledged one
// everything, no memory is left behind, and the next one works. TORTURE_POINTS: how many allocations of a request fail in turn (5); all with "all".
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { call, newInteraction, newPerson, newTenant, somebody, unique } from '../api/client.mjs';
import { database } from './database.mjs';
import { freshToken, library, named, start, tries, whoAborted } from './torture.mjs';

const POINTS = process.env.TORTURE_POINTS === 'all' ? Infinity : Number(process.env.TORTURE_POINTS ?? 5);
const BUILD = process.env.BUILD;
const ONLY = process.env.TORTURE_ONLY;
const db = database();
const table = [];
after(() => {
  db.end();
  if (table.length) console.log(['request | allocations | failed in turn | answered 503 | answered rightly | torn | ended by | memory left by', ...table.map((row) => row.join(' | '))].map((line) => `# ${line}`).join('\n'));
});

const { token, tenant, email, password } = await newTenant();
const site = (await call('POST', '/api/v1/sites', { token, body: { name: `Site ${unique()}` } })).body;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const json = (body, headers = {}) => ({ body: JSON.stringify(body), headers: { ...JSON_TYPE, ...headers } });
const id = `UNHEX('${tenant.replaceAll('-', '')}')`;
const TABLES = ['audit', 'persons', 'interactions', 'site_interactions', 'people', 'cases', 'reports', 'idempotency', 'sessions', 'refresh_tokens'];
const stored = async () => (await db.ask(`SELECT ${TABLES.map((name) => `(SELECT COUNT(*) FROM ${name} WHERE tenant_id = ${id})`).join()}`))[0].map(Number);
const change = (before, now) => now.map((count, i) => count - before[i]);

const jane = await newPerson(token);
const met = await newInteraction(token, site.id ?? site.site?.id);
for (let i = 0; i < 3; i++) await call('POST', '/api/interactions', { token, body: { person_id: jane.id, type: 'call', date: '2024-01-18T10:30:00Z' } });
const someone = () => newPerson(token);
const forgive = () => db.ask('DELETE FROM login_attempts'); // or guesses from this address are slowed down
const loseConnections = (name) => async () => {
  for (const [process] of await db.ask(`SELECT id FROM information_schema.processlist WHERE user = 'almoner_${name}'`)) await db.ask(`KILL ${process}`).catch(() => {});
};

/* module, name, request: () => [method, path, more]; before: each time, unarmed. cut: an answer in pieces may be cut short. */
const requests = [
  ['persons', 'GET a person', () => ['GET', `/api/persons/${jane.id}`]],
  ['persons', 'GET a person, the process new', () => ['GET', `/api/persons/${jane.id}`], { cold: true }],
  ['persons', 'GET with a token seen first', () => ['GET', `/api/persons/${jane.id}`], { fresh: true }],
  ['persons', 'POST a person', () => ['POST', '/api/persons', json(somebody())]],
  ['persons', 'POST with an Idempotency-Key', () => ['POST', '/api/persons', json(somebody(), { 'Idempotency-Key': unique() })]],
  ['persons', 'PUT a person', () => ['PUT', `/api/persons/${jane.id}`, json({ notes: unique() })]],
  ['persons', 'PATCH a person', () => ['PATCH', `/api/persons/${jane.id}`, { body: JSON.stringify({ notes: unique() }), headers: { 'Content-Type': 'application/merge-patch+json' } }]],
  ['persons', 'DELETE a person', ({ id: old }) => ['DELETE', `/api/persons/${old}`], { before: someone }],
  ['persons', 'list, filtered', () => ['GET', '/api/persons?per_page=20&risk_level=high,moderate&sort=-risk_score']],
  ['persons', 'search', () => ['GET', '/api/persons?q=smith&per_page=20']],
  ['persons', 'history', () => ['GET', `/api/persons/${jane.id}/history`]],
  ['persons', 'risk', () => ['GET', `/api/persons/${jane.id}/risk`]],
  ['persons', 'import', () => ['POST', '/api/v1/persons/import', { body: `first_name,last_name,email,risk_level\nA,B,${unique()}@example.com,low\nC,D,${unique()}@example.com,high\n`, headers: { 'Content-Type': 'text/csv' } }]],
  ['persons', 'export', () => ['GET', '/api/v1/persons/export?format=csv'], { cut: true }],
  ['persons', 'escalate a case', ({ id: who }) => ['POST', `/api/cases/escalate/${who}`], { before: someone }],
  ['persons', 'batch of people', () => ['POST', '/api/v1/people/batch', json({ people: [{ name: 'R', type: 'resident', pgy_level: 2 }, { name: 'F', type: 'faculty' }] })]],
  ['persons', 'a wrong body', () => ['POST', '/api/persons', json({ email: 7, risk_level: 'none' })]],
  ['persons', 'GET, the connection lost', () => ['GET', `/api/persons/${jane.id}`], { before: loseConnections('persons') }],
  ['persons', 'POST, the connection lost', () => ['POST', '/api/persons', json(somebody())], { before: loseConnections('persons') }],
  ['interactions', 'POST an interaction', () => ['POST', '/api/interactions', json({ person_id: jane.id, type: 'call', date: '2024-01-18T10:30:00Z' })]],
  ['interactions', 'list', () => ['GET', `/api/interactions?person_id=${jane.id}`]],
  ['interactions', 'POST one of a site', () => ['POST', '/api/v1/interactions', json({ site_id: met.site_id, title: 'Weekly', type: 'Meeting', lead: 'Ada', start_datetime: '2024-01-18T10:30:00Z', end_datetime: '2024-01-18T11:15:00Z', timezone: 'Europe/Berlin', description: 'open cases' })]],
  ['interactions', 'search', () => ['GET', '/api/v1/search/interactions?query=weekly%20review']],
  ['interactions', 'calendar', () => ['GET', `/api/v1/interactions/${met.id}.ics`]],
  ['reports', 'POST a report', () => ['POST', `/api/reports/intervention/${jane.id}`], { most: 400 }],
  ['auth', 'POST a login', () => ['POST', '/api/auth/login', json({ email, password })], { anonymous: true }],
  ['auth', 'POST a login (v1)', () => ['POST', '/api/v1/auth/login', json({ username: email, password })], { anonymous: true }],
  ['auth', 'a wrong password', () => ['POST', '/api/auth/login', json({ email: `x${unique()}@example.com`, password })], { anonymous: true, before: forgive }],
  ['auth', 'profile', () => ['GET', '/api/auth/me']],
  ['auth', 'users', () => ['GET', '/api/v1/users']],
];

async function oneTry(module, row, n) {
  const [, , request, { before, fresh, anonymous } = {}] = row;
  const made = await before?.();
  const [method, path, more = {}] = request(made ?? {});
  const headers = { ...more.headers, ...(anonymous ? {} : { Authorization: `Bearer ${fresh ? freshToken(token) : token}` }) };
  const was = await stored();
  module.arm(n);
  const reply = await module.send(method, path, { ...more, headers });
  return { reply, ...module.disarm(), change: change(was, await stored()) };
}

/* What the answer was: 'right', 'refused', 'torn' or, with a reason, wrong. */
function judge(usual, tried) {
  const { reply } = tried;
  if (!reply.ended) return 'torn';
  if (reply.status === 503) {
    assert.deepEqual(tried.change, tried.change.map(() => 0), 'a refused request has stored something');
    assert.equal(JSON.parse(reply.text).status, 503);
    assert.ok(Number(reply.headers['retry-after']) >= 1, 'Retry-After');
    return 'refused';
  }
  assert.equal(reply.status, usual.reply.status, reply.text.slice(0, 300));
  assert.deepEqual(tried.change, usual.change, 'an acknowledged request has stored what it should');
  if (/json/.test(reply.headers['content-type'] ?? '')) assert.deepEqual(Object.keys(JSON.parse(reply.text)), Object.keys(JSON.parse(usual.reply.text)));
  return 'right';
}

/* Blocks that stay behind each time that allocation ${n} fails: caches grow once, a leak grows always. */
async function leaked(module, row, n) {
  const living = [];
  for (let i = 0; i < 8; i++) {
    await oneTry(module, row, n);
    if (!module.alive() || (await module.send('GET', `/health/${row[0]}`)).status !== 200) return 0;
    living.push(module.living());
  }
  return living.slice(1).map((count, i) => count - living[i]).sort((a, b) => a - b)[3];
}

async function torture(module, row) {
  const [area, name, , { cut, cold, most = Infinity } = {}] = row;
  const warm = async () => { for (let i = 0; i < 3; i++) await oneTry(module, row, 0); }; // statements are prepared, buffers have grown
  await warm();
  const usual = await oneTry(module, row, 0);
  assert.ok(usual.reply.ended && usual.reply.status < (/wrong/.test(name) ? 500 : 300), `${usual.reply.status} ${usual.reply.text.slice(0, 300)}`);
  const seen = { right: 0, refused: 0, torn: 0 }, ended = new Set(), left = new Set(), wrong = new Map();
  const points = tries(usual.counted, Math.min(POINTS, most));
  for (const n of points) {
    const living = module.living();
    const tried = await oneTry(module, row, n);
    try {
      const what = judge(usual, tried);
      seen[what]++;
      if (what === 'torn' && !cut ? await module.ended() : !module.alive()) {
        assert.ok(whoAborted(tried.where), 'the process ended');
        ended.add(whoAborted(tried.where));
        assert.deepEqual(tried.change, tried.change.map(() => 0), 'a process that ended has stored something');
      } else if (what === 'torn') assert.ok(cut || /libfcgi/.test(tried.where.split(' ')[0]), 'a torn answer of a process that lives');
    } catch (error) {
      const where = named(tried.where);
      wrong.set(where, wrong.get(where) ?? `${error.message}\n  allocation ${n} of ${usual.counted}, answer ${tried.reply.status}, stored ${tried.change}:\n    ${where}`);
    }
    if (!module.alive()) {
      await module.revive();
      if (!cold) await warm();
    }
    else if (!cold && module.living() > living) {
      const blocks = await leaked(module, row, n);
      const whose = library(tried.where);
      if (blocks > 0 && whose) left.add(whose);
      else if (blocks > 0) wrong.set(`leak ${n}`, `${blocks} blocks are left each time that allocation ${n} fails:\n    ${named(tried.where)}`);
    }
    if (!module.alive()) await module.revive();
    const next = await module.send('GET', `/health/${area}`);
    if (next.status !== 200) wrong.set(`next ${n}`, `after allocation ${n}: ${next.status} ${next.text.slice(0, 200)}\n    ${named(tried.where)}`);
  }
  const again = await oneTry(module, row, 0);
  assert.deepEqual([again.reply.status, again.change], [usual.reply.status, usual.change], again.reply.text);
  assert.equal(wrong.size, 0, [...wrong.values()].slice(0, 12).join('\n'));
  table.push([`${area}: ${name}`, usual.counted, points.length, seen.refused, seen.right, seen.torn, [...ended].join() || '-', [...left].join() || '-']);
}

for (const area of new Set(requests.map(([name]) => name))) {
  if (ONLY && !ONLY.split(',').includes(area)) continue;
  test(`torture-${area}: each allocation fails once`, { timeout: 3600000 }, async (t) => {
    const module = await start(`${BUILD}/cgi-bin/${area}.fcgi`);
    for (const row of requests.filter(([name]) => name === area)) await t.test(`${area}: ${row[1]}`, () => torture(module, row));
    await module.stop();
    await forgive();
    assert.deepEqual(module.log().split('\n').filter((line) => /LeakSanitizer|AddressSanitizer: (?!SEGV|ABRT|DEADLY)|runtime error:|request\.bug/.test(line)).slice(0, 5), []);
  });
}
