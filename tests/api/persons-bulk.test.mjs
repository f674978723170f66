// Goal: import and export: ten thousand persons in one call, all or nothing or the good ones, in constant memory; formulas defused.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { call, newTenant, newPerson, problemOf, unique } from './client.mjs';

let token;
before(async () => { ({ token } = await newTenant()); });

const CSV = { 'Content-Type': 'text/csv' };
const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const send = (text, query = {}, headers = CSV, as = token) => call('POST', '/api/v1/persons/import', { token: as, text, query, headers });
const total = async (query = {}, as = token) => (await call('GET', '/api/persons', { token: as, query })).body.total;

const SCRIPTS = [['Zoë', 'Nuñez'], ['Алёна', 'Щербакова'], ['Ἑλένη', 'Παπαδοπούλου'], ['محمد', 'الحسن'], ['श्री', 'कृष्णन'], ['小龍', '李'], ['さくら', '山本'], ['노을', '김'], ['สมชาย', 'ใจดี'], ['יוסף', 'כהן'], ["D'Arcy", 'O"Neil, Jr.']];
const quote = (text) => `"${String(text).replaceAll('"', '""')}"`;
const rowsOf = (count, stem) => Array.from({ length: count }, (_, i) => {
  const [first, last] = SCRIPTS[i % SCRIPTS.length];
  return [first, `${last} ${i}`, `${stem}.${i}@example.com`, ['low', 'moderate', 'high', 'critical'][i % 4], i % 101, i % 3 ? 'new,imported' : ''];
});
const csvOf = (rows, end = '\r\n') => ['first_name,last_name,email,risk_level,risk_score,tags', ...rows.map((r) => r.map(quote).join(','))].join(end) + end;

function memoryOf(module) {
  for (const pid of readdirSync('/proc').filter((p) => /^\d+$/.test(p))) {
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${module}.fcgi`) || !environ.includes(`VAR=${process.env.VAR}\0`)) continue;
      if (/lib[at]san/.test(readFileSync(`/proc/${pid}/maps`, 'utf8'))) return null; // a sanitizer keeps what was freed
      return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]) / 1024;
    } catch { /* ended meanwhile, or not ours to read */ }
  }
  return null;
}

test('persons-import: 10,000 rows in eleven scripts, all there, totals exact, events written', async () => {
  const fresh = await newTenant();
  const stem = unique();
  const { status, body } = await send(csvOf(rowsOf(10000, stem)), {}, CSV, fresh.token);
  assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
  assert.deepEqual(body, { mode: 'all', dry_run: false, total: 10000, imported: 10000, failed: 0, errors: [], errors_omitted: 0 });
  assert.equal(await total({}, fresh.token), 10000);
  assert.equal(await total({ risk_level: 'high' }, fresh.token), 2500);
  assert.equal(await total({ tag: 'imported' }, fresh.token), 6666);
  const found = await call('GET', '/api/persons', { token: fresh.token, query: { q: 'कृष्णन 4' , per_page: 1 } });
  assert.equal(found.body.persons[0].first_name, 'श्री');
  const history = await call('GET', `/api/persons/${found.body.persons[0].id}/history`, { token: fresh.token });
  assert.deepEqual(history.body.history.map((h) => h.op), ['create']);
  assert.deepEqual(history.body.history[0].after, found.body.persons[0]);
  const used = memoryOf('persons');
  assert.ok(used === null || used < 64, `${used} MiB`);
});

test('persons-import: all or nothing names every bad row and stores none', async () => {
  const before = await total();
  const rows = rowsOf(120, unique());
  rows[16][2] = 'nobody';
  rows[99][3] = 'extreme';
  rows[100][2] = rows[3][2];
  const reply = await send(csvOf(rows));
  assert.equal(reply.status, 422);
  const problem = problemOf(reply);
  assert.equal(problem.code, 'IMPORT_REFUSED');
  assert.deepEqual(problem.errors.map((e) => e.pointer).sort(), ['/100/risk_level', '/101/email', '/17/email']);
  assert.equal(await total(), before);
});

test('persons-import: keeping the good ones reports the bad ones', async () => {
  const before = await total();
  const known = await newPerson(token, {});
  const rows = rowsOf(130, unique());
  rows[16][2] = 'nobody';
  rows[60][2] = known.email;
  const { status, body } = await send(csvOf(rows, '\n'), { mode: 'good' });
  assert.equal(status, 200);
  assert.deepEqual([body.total, body.imported, body.failed], [130, 128, 2]);
  assert.deepEqual(body.errors.map((e) => [e.row, e.errors[0].pointer, e.errors[0].code]).sort(), [[17, '/email', 'format'], [61, '/email', 'duplicate']]);
  assert.equal(await total(), before + 129);
});

test('persons-import: a dry run tells and stores nothing', async () => {
  const before = await total();
  const rows = rowsOf(70, unique());
  rows[5][0] = '';
  const { body } = await send(csvOf(rows), { dry_run: 'true' });
  assert.deepEqual([body.dry_run, body.total, body.imported, body.failed], [true, 70, 69, 1]);
  assert.deepEqual(body.errors.map((e) => [e.row, e.errors[0].pointer]), [[6, '/first_name']]);
  assert.equal(await total(), before);
});

test('persons-import: NDJSON, with or without a last line end', async () => {
  const stem = unique();
  const lines = [0, 1, 2].map((i) => JSON.stringify({ first_name: 'N', last_name: `D${i}`, email: `${stem}${i}@example.com`, risk_level: 'low', tags: ['x', 'y'] }));
  const { body } = await send(lines.join('\n'), {}, NDJSON);
  assert.deepEqual([body.imported, body.failed], [3, 0]);
  const bad = await send(`${lines[0].replace(stem, unique())}\nnot json\n[]\n`, { mode: 'good' }, NDJSON);
  assert.deepEqual([bad.body.imported, bad.body.failed], [1, 2]);
});

test('persons-import: what is no table is refused', async () => {
  const before = await total();
  for (const text of ['', 'colour,size\nred,1\n', 'first_name,first_name\na,b\n', 'first_name,last_name,email,risk_level\n"a,b,c@example.com,low\n'])
    assert.equal((await send(text)).status, 400, text);
  assert.equal((await send('x', {}, { 'Content-Type': 'application/json' })).status, 415);
  assert.equal((await send('x', { mode: 'some' })).status, 400);
  assert.equal(await total(), before);
});

test('persons-export: what was imported comes out again, formulas defused, and goes in again', async () => {
  const source = await newTenant();
  const target = await newTenant();
  const stem = unique();
  await newPerson(source.token, { first_name: '=HYPERLINK("http://x")', last_name: "+O'Neil 2nd", email: `${stem}a@example.com`, phone: '+123', notes: '@x, "y"\nline two' });
  await send(csvOf(rowsOf(2100, stem)), {}, CSV, source.token);
  const csv = await call('GET', '/api/v1/persons/export', { token: source.token });
  assert.equal(csv.status, 200);
  assert.match(csv.type, /^text\/csv/);
  assert.match(csv.headers.get('content-disposition'), /attachment; filename="persons.csv"/);
  assert.ok(csv.text.startsWith('id,name,first_name,last_name,email,phone,status,risk_level,'));
  assert.ok(!/(^|[,\n])"?[=+@]/m.test(csv.text.replace(/"(?:[^"]|"")*"/g, (cell) => (/^"'?[=+\-@]/.test(cell) && cell[1] !== "'" ? '=BAD' : 'x'))), 'a formula is live');
  const again = await send(csv.text, {}, CSV, target.token);
  assert.deepEqual([again.body.imported, again.body.failed], [2101, 0]);
  const copy = (await call('GET', '/api/persons', { token: target.token, query: { email: `${stem}a@example.com` } })).body.persons[0];
  assert.deepEqual([copy.first_name, copy.phone, copy.notes], ['=HYPERLINK("http://x")', '+123', '@x, "y"\nline two']);
  const lines = await call('GET', '/api/v1/persons/export', { token: source.token, query: { format: 'ndjson', risk_level: 'high' } });
  assert.match(lines.type, /^application\/x-ndjson/);
  const objects = lines.text.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(objects.length, 525);
  assert.equal(new Set(objects.map((o) => o.id)).size, 525);
  assert.ok(objects.every((o) => o.risk_level === 'high'));
  const stranger = await newTenant();
  assert.equal((await call('GET', '/api/v1/persons/export', { token: stranger.token })).text.trim().split('\n').length, 1);
  assert.equal((await call('GET', '/api/v1/persons/export', { token, query: { colour: 'x' } })).status, 400);
});
