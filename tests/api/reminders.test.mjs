// Goal: who subscribes is told 90, 30, 14 and 7 days before a credential expires, once each: also when no process ran that day, when several run at once,
// and when the day is changed afterwards.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import WebSocket from 'ws';
import { BASE, call, newTenant, sleep, unique, until, VAR } from './client.mjs';

const PERIOD_MS = 10000; // a process looks this often
const sql = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', '-e', text, 'almoner']).toString().trim();
const hex = (id) => `UNHEX('${id.replaceAll('-', '')}')`;
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
const ctl = (...words) => execFileSync(process.env.CTL, words, { stdio: 'ignore' });
let own, person, procedure;
const ok = async (method, path, body) => {
  const reply = await call(method, path, { token: own.token, body });
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
  return reply.body;
};
const newCredential = (more) => ok('POST', '/api/v1/credentials', { faculty_id: person.id, procedure_id: procedure.id, credential_type: 'BLS', ...more });
before(async () => {
  own = await newTenant();
  person = await ok('POST', '/api/v1/people', { name: 'FAC-PD', type: 'faculty' });
  procedure = await ok('POST', '/api/v1/procedures', { name: 'Basic Life Support', code: unique() });
});

/** The reminders that a partner reads from the stream of changes, oldest first. */
async function reminders() {
  const all = [];
  for (let since = '', more = true; more;) {
    const page = (await call('GET', `/api/v1/changes${since}`, { token: own.token, expected: false })).body;
    all.push(...page.changes.filter((change) => change.type === 'credential_expiring'));
    ({ more } = page);
    since = `?since=${page.next_since}`;
  }
  return all;
}
const told = async () => (await reminders()).map(({ doc }) => `${doc.credential_type}:${doc.reminder}:${doc.days_until_expiration}`).sort().join();

test('reminders: the nearest step only, at its edges; the event says all; a new day is announced anew', async () => {
  const socket = new WebSocket(`${BASE.replace('http', 'ws')}/ws/tenant/${own.tenant}`, { headers: { Authorization: `Bearer ${own.token}` } });
  const heard = [];
  socket.on('message', (data) => heard.push(JSON.parse(data)));
  const made = {};
  for (const [type, days] of [['A', 7], ['B', 8], ['C', 14], ['D', 15], ['E', 30], ['F', 31], ['G', 90], ['H', 91], ['I', 0], ['J', -1]])
    made[type] = await newCredential({ credential_type: type, expiration_date: day(days) });
  for (const status of ['suspended', 'pending', 'revoked', 'expired']) await newCredential({ credential_type: status, status, expiration_date: day(3) });
  await newCredential({ credential_type: 'K' });
  const first = 'A:7:7,B:14:8,C:14:14,D:30:15,E:30:30,F:90:31,G:90:90,I:7:0';
  await until(async () => (await told()) === first, 3 * PERIOD_MS);
  const { doc, channel, record_id } = (await reminders()).find((event) => event.doc.credential_type === 'B');
  assert.deepEqual([channel, record_id, doc], ['credentials', made.B.id, { credential_id: made.B.id, faculty_id: person.id, faculty_name: 'FAC-PD', credential_type: 'B', procedure_name: 'Basic Life Support',
    expiration_date: day(8), days_until_expiration: 8, reminder: 14 }]);
  await until(() => heard.some((message) => message.event === 'credential_expiring' && message.doc.credential_id === made.B.id));
  socket.terminate();
  // Renewed to a day that is announced too; put off; put off and back again, which was announced already.
  await ok('PUT', `/api/v1/credentials/${made.A.id}`, { expiration_date: day(14) });
  await ok('PUT', `/api/v1/credentials/${made.B.id}`, { expiration_date: day(400) });
  await ok('PUT', `/api/v1/credentials/${made.C.id}`, { expiration_date: day(400) });
  await ok('PUT', `/api/v1/credentials/${made.C.id}`, { expiration_date: day(14) });
  await ok('POST', `/api/v1/credentials/${made.D.id}/suspend`);
  await ok('POST', `/api/v1/credentials/${made.D.id}/activate`);
  const then = ['A:14:14', ...first.split(',')].sort().join();
  await until(async () => (await told()) === then, 3 * PERIOD_MS);
  await sleep(PERIOD_MS + 1500);
  assert.equal(await told(), then);
});

test('reminders: a day on which nothing ran is made up for, once, by however many processes start', async () => {
  const before = (await reminders()).length, count = 150;
  await newCredential({ credential_type: 'MANY', expiration_date: day(15) });
  await until(async () => (await told()).includes('MANY:30:15'), 3 * PERIOD_MS);
  ctl('stop', 'persons');
  // The others come due, and the one above gets a step nearer, while nobody looks.
  sql(`INSERT INTO credentials (tenant_id, id, faculty_id, procedure_id, credential_type, expiration_date, created_at, updated_at)
    SELECT ${hex(own.tenant)}, UNHEX(CONCAT('018f00000000', '7000', '8', LPAD(HEX(seq), 15, '0'))), ${hex(person.id)}, ${hex(procedure.id)}, 'MANY', UTC_DATE() + INTERVAL 5 DAY, UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM seq_1_to_${count};
    UPDATE credentials SET expiration_date = expiration_date - INTERVAL 9 DAY WHERE tenant_id = ${hex(own.tenant)} AND expiration_date = UTC_DATE() + INTERVAL 15 DAY AND credential_type = 'MANY';
    UPDATE credential_reminders SET expiration_date = expiration_date - INTERVAL 9 DAY WHERE tenant_id = ${hex(own.tenant)} AND credential_id IN (SELECT id FROM credentials WHERE credential_type = 'MANY')`);
  const more = [1, 2, 3].map((n) => {
    const server = createServer().listen(`${VAR}/run/reminders-${n}.sock`);
    const env = { ...process.env, DB_SOCKET: `${VAR}/run/mariadb.sock`, DB_PASSWORD_FILE: `${VAR}/secrets/db-persons` };
    return { server, child: spawn(`${process.env.BUILD}/cgi-bin/persons.fcgi`, { env, stdio: [server._handle.fd, 'ignore', 'inherit'] }) };
  });
  ctl('start', 'persons');
  try {
    await until(async () => (await reminders()).length === before + 1 + count + 1, 6 * PERIOD_MS);
    await sleep(PERIOD_MS + 1500);
    const many = (await reminders()).map(({ doc }) => doc).filter((doc) => doc.credential_type === 'MANY');
    assert.deepEqual([many.length, new Set(many.map((doc) => `${doc.credential_id} ${doc.reminder}`)).size], [count + 2, count + 2]);
    assert.deepEqual([many.filter((doc) => doc.reminder === 7 && doc.days_until_expiration === 5).length, many.filter((doc) => doc.reminder === 7 && doc.days_until_expiration === 6).length], [count, 1]);
    for (const { child } of more) assert.equal(child.exitCode, null, 'it ran all the time');
  } finally {
    for (const { child, server } of more) { child.kill('SIGTERM'); server.close(); }
  }
  await Promise.all(more.map(({ child }) => child.exitCode ?? new Promise((done) => child.on('exit', done))));
});
