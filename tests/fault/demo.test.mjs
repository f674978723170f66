// Goal: DEMO=1 on an empty stack loads records of several scripts over a year; never twice, never over others' records, never in production.
import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';

const folder = mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/almoner-demo.`);
const freePort = () => new Promise((done) => { const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); }); });
const [HTTP_PORT, HTTPS_PORT] = [await freePort(), await freePort()];
const stack = (verb, more = {}) => {
  const { status, stdout, stderr } = spawnSync('cgi-bin/ctl/stack.sh', [verb], { env: { ...process.env, VAR: folder, HTTP_PORT, HTTPS_PORT, DEMO: '1', RATE_LIMIT_SCALE: '1', SMTP_URL: '', ...more }, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
after(() => { stack('stop'); rmSync(folder, { recursive: true, force: true }); });

test('demo: loaded once, in several scripts, spread over time, with rates limited afterwards', async () => {
  const refused = stack('start', { ALMONER_PROFILE: 'production' });
  assert.notEqual(refused.status, 0);
  assert.match(refused.said, /refused when ALMONER_PROFILE is production/);
  const { status, said } = stack('start');
  assert.equal(status, 0, said);
  const [, email, password] = said.match(/log in as (\S+) with the password (\S+)/);
  const base = `http://127.0.0.1:${HTTP_PORT}`;
  const { token } = await (await fetch(`${base}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password }) })).json();
  const get = async (path) => (await fetch(base + path, { headers: { Authorization: `Bearer ${token}` } })).json();
  const { persons, total } = await get('/api/persons?per_page=200');
  assert.ok(total >= 80);
  for (const script of [/\p{Script=Latin}/u, /\p{Script=Arabic}/u, /\p{Script=Han}/u, /\p{Script=Devanagari}/u, /\p{Script=Cyrillic}/u])
    assert.ok(persons.filter((p) => script.test(p.name)).length >= 3, String(script));
  const months = new Set(persons.map((p) => p.created_at.slice(0, 7)));
  assert.ok(months.size >= 10, [...months].join());
  assert.ok(persons.every((p) => p.updated_at >= p.created_at));
  assert.deepEqual(new Set(persons.map((p) => p.risk_level)), new Set(['low', 'moderate', 'high', 'critical']));
  assert.equal((await get('/api/interactions?per_page=1')).total, persons.reduce((sum, p) => sum + p.interaction_count, 0));
  for (const word of ['housing', '家庭', 'اجتماع']) assert.ok((await get(`/api/v1/search/interactions?query=${encodeURIComponent(word)}`)).total > 2, word);
  assert.ok((await get('/api/v1/cases')).total >= 8);
  assert.ok((await get('/api/v1/search/upcoming?limit=5')).interactions.length === 5);
  const limited = await fetch(`${base}/api/persons?per_page=1`, { headers: { Authorization: `Bearer ${token}` } });
  assert.match(limited.headers.get('ratelimit-policy'), /300/);
  assert.equal(stack('stop').status, 0);
  const again = stack('start');
  assert.equal(again.status, 0, again.said);
  assert.ok(!again.said.includes('Loading demo data'));
  stack('stop');
  rmSync(`${folder}/demo`);
  const third = stack('start');
  assert.notEqual(third.status, 0, 'records that are there are left alone');
  assert.match(third.said, /DEMO=1 is for an empty database/);
});
