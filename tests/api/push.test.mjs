// Goal: live updates that lose nothing: the seeds' sockets with a real client, who may hear what, resuming, and a daemon that dies meanwhile.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { BASE, call, newPerson, newTenant, until, VAR } from './client.mjs';
import { connect, hears, refused } from './socket.mjs';

let admin, stranger;
before(async () => {
  admin = await newTenant();
  stranger = await newTenant();
});

const sql = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', 'almoner'], { input: text, encoding: 'utf8' });
const streamOf = ({ tenant }) => `stream WHERE tenant_id = UNHEX('${tenant.replaceAll('-', '')}')`;

test('push-persons: the seed\'s messages, for creations too, with seq', async () => {
  const socket = await connect('/ws/persons', admin);
  const other = await connect('/ws/persons', stranger);
  const person = await newPerson(admin.token, { notes: 'snow ☃ "quoted"' });
  await hears(socket, (m) => m.type === 'person_updated' && m.person.id === person.id);
  assert.deepEqual(socket.messages[0], { type: 'person_updated', person, seq: socket.messages[0].seq });
  const changed = (await call('PUT', `/api/persons/${person.id}`, { token: admin.token, body: { risk_score: 77 } })).body;
  await hears(socket, (m) => m.person?.risk_score === 77);
  assert.deepEqual(socket.messages[1].person, changed);
  await call('DELETE', `/api/persons/${person.id}`, { token: admin.token });
  await hears(socket, (m) => m.type === 'person_deleted');
  assert.deepEqual(socket.messages[2], { type: 'person_deleted', person_id: person.id, seq: socket.messages[2].seq });
  assert.deepEqual(socket.messages.map((m) => m.seq), [1, 2, 3], 'dense');
  assert.deepEqual(other.messages, [], 'nobody else\'s');
});

test('push-interactions: new ones with their person; ?person_id= narrows', async () => {
  const [one, two] = [await newPerson(admin.token), await newPerson(admin.token)];
  const all = await connect('/ws/interactions', admin), narrow = await connect(`/ws/interactions?person_id=${one.id}`, admin), persons = await connect('/ws/persons', admin);
  const happen = async (person_id) => (await call('POST', '/api/interactions', { token: admin.token, body: { person_id, type: 'call', date: '2024-01-18T10:30:00Z' } })).body;
  const [a, b] = [await happen(two.id), await happen(one.id)];
  await hears(all, (m) => m.interaction?.id === b.id);
  assert.deepEqual(all.messages.map(({ seq, ...m }) => m), [{ type: 'new_interaction', person_id: two.id, interaction: a }, { type: 'new_interaction', person_id: one.id, interaction: b }]);
  await hears(narrow, () => true);
  assert.deepEqual(narrow.messages.map((m) => m.interaction.id), [b.id]);
  await hears(persons, (m) => m.person?.id === one.id);
  assert.ok(persons.messages.every((m) => m.type === 'person_updated' && m.person.interaction_count === 1), 'the count on the person is told too');
});

test('push-tenant: every resource as {type, op, doc}, only of one\'s own tenant', async () => {
  const socket = await connect(`/ws/tenant/${admin.tenant}`, admin);
  const person = await newPerson(admin.token);
  await call('PATCH', `/api/persons/${person.id}`, { token: admin.token, body: { notes: 'x' } });
  await hears(socket, (m) => m.op === 'update'); // what is deleted at once is not told any more
  await call('DELETE', `/api/persons/${person.id}`, { token: admin.token });
  await hears(socket, (m) => m.op === 'delete');
  assert.deepEqual(socket.messages.map((m) => [m.type, m.op]), [['person', 'insert'], ['person', 'update'], ['person', 'delete']]);
  assert.deepEqual(socket.messages[0].doc, person);
  assert.equal(await refused(`/ws/tenant/${stranger.tenant}`, admin), 403);
  assert.equal(await refused('/ws/tenant/nonsense', admin), 404);
  assert.equal(await refused('/ws/nothing', admin), 404);
});

test('push-talk: ping, subscribe, and what is no frame', async () => {
  const socket = await connect(`/ws/tenant/${admin.tenant}`, admin);
  socket.send('{"type":"ping"}');
  await hears(socket, (m) => m.type === 'pong');
  socket.send('{"type":"subscribe","channels":["interactions"]}');
  await hears(socket, (m) => m.type === 'subscribed');
  const person = await newPerson(admin.token);
  await call('POST', '/api/interactions', { token: admin.token, body: { person_id: person.id, type: 'call', date: '2024-01-18T10:30:00Z' } });
  await hears(socket, (m) => m.type === 'interaction');
  assert.ok(!socket.messages.some((m) => m.type === 'person'));
  socket.send('{"type":"nonsense"}');
  await hears(socket, (m) => m.type === 'error');
  const pong = new Promise((done) => socket.on('pong', (data) => done(data.toString())));
  socket.ping('abc');
  assert.equal(await pong, 'abc');
  const closes = async (act) => { const s = await connect('/ws/persons', admin); act(s); await until(() => s.closed !== null); return s.closed; };
  assert.equal(await closes((s) => s.send(Buffer.from('binary'))), 1003);
  assert.equal(await closes((s) => s.send('x'.repeat(5000))), 1009);
  assert.equal(await closes((s) => s._socket.write(Buffer.from([0x81, 0x01, 0x41]))), 1002, 'without mask');
  assert.equal(await closes((s) => s._socket.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]))), 1002, 'reserved bits');
  assert.equal(await closes((s) => s.send('a', { fin: false })), 1002, 'fragments');
  assert.equal(await closes((s) => s._socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]))), 1007);
  assert.equal(await closes((s) => s.close(1000)), 1000);
});

test('push-resume: what was missed comes first, once, in order; hello says whether anything is lost', async () => {
  const own = await newTenant();
  const v1 = { ...own, protocols: ['almoner.v1'] };
  const first = await connect('/ws/persons', v1);
  await hears(first, (m) => m.type === 'hello');
  assert.deepEqual(first.messages[0], { type: 'hello', epoch: 0, seq: 0, recovered: false });
  for (let i = 0; i < 3; i++) await newPerson(own.token, { first_name: `P${i}` });
  await hears(first, (m) => m.person?.first_name === 'P2');
  first.terminate();
  const names = (socket) => socket.messages.filter((m) => m.person).map((m) => m.person.first_name);
  for (let i = 3; i < 6; i++) await newPerson(own.token, { first_name: `P${i}` });
  const second = await connect('/ws/persons?since=2', v1);
  await newPerson(own.token, { first_name: 'P6' });
  await hears(second, (m) => m.person?.first_name === 'P6');
  assert.deepEqual(names(second), ['P2', 'P3', 'P4', 'P5', 'P6']);
  const { epoch, seq, recovered } = second.messages[0];
  assert.deepEqual([seq, recovered], [2, true]);
  const exact = await connect(`/ws/persons?since=${epoch}.6`, v1);
  await hears(exact, (m) => m.person?.first_name === 'P6');
  assert.deepEqual(names(exact), ['P6']);
  for (const since of [`${epoch + 1}.6`, '99']) {
    const lost = await connect(`/ws/persons?since=${since}`, v1);
    await hears(lost, (m) => m.type === 'hello');
    assert.deepEqual([lost.messages[0].recovered, lost.messages[0].seq], [false, 7], since);
  }
  assert.equal(await refused('/ws/persons?since=x', own), 400);
});

test('push-resume: more than a page of history', async () => {
  const own = await newTenant();
  const text = Array.from({ length: 1300 }, (_, i) => `First${i},Last,bulk${i}@example.com,low`).join('\n');
  const done = await call('POST', '/api/v1/persons/import', { token: own.token, text: `first_name,last_name,email,risk_level\n${text}\n`, headers: { 'Content-Type': 'text/csv' } });
  assert.equal(done.status, 200, done.text);
  const socket = await connect('/ws/persons?since=0', own);
  await until(() => socket.messages.length >= 1300, 15000);
  await newPerson(own.token);
  await until(() => socket.messages.length >= 1301);
  assert.deepEqual(socket.messages.map((m) => m.seq), Array.from({ length: 1301 }, (_, i) => i + 1));
});

test('push-sse: the same as an event stream, resumed by Last-Event-ID', async () => {
  const own = await newTenant();
  await newPerson(own.token, { first_name: 'Early' });
  await until(async () => (await call('GET', '/api/v1/changes', { token: own.token })).body.changes.length === 1);
  const read = async (headers, path = '/api/v1/events/stream') => {
    const reply = await fetch(BASE + path, { headers: { Authorization: `Bearer ${own.token}`, ...headers } });
    const chunks = { text: '', status: reply.status, type: reply.headers.get('content-type'), cancel: () => reader.cancel() };
    const reader = reply.body.getReader();
    (async () => { for (;;) { const { done, value } = await reader.read().catch(() => ({ done: true })); if (done) return; chunks.text += Buffer.from(value).toString(); } })();
    return chunks;
  };
  const live = await read({});
  assert.deepEqual([live.status, live.type], [200, 'text/event-stream']);
  await until(() => live.text.includes('event: hello'));
  const person = await newPerson(own.token, { first_name: 'Late' });
  await until(() => live.text.includes('"first_name":"Late"'));
  const [, id] = live.text.match(/^id: (\S+)$/m);
  const item = JSON.parse(live.text.match(/^data: (\{"seq".*)$/m)[1]);
  assert.deepEqual([item.channel, item.type, item.resource, item.op, item.doc], ['persons', 'person_updated', 'person', 'create', person]);
  assert.equal(id, `${item.epoch}.${item.seq}`);
  live.cancel();
  const again = await read({ 'Last-Event-ID': `${item.epoch}.0` });
  await until(() => again.text.includes('"first_name":"Late"'));
  assert.ok(again.text.indexOf('"Early"') < again.text.indexOf('"Late"') && again.text.includes('"Early"'));
  again.cancel();
});

test('push-changes: pages for partners that poll', async () => {
  const own = await newTenant();
  for (let i = 0; i < 4; i++) await newPerson(own.token, { first_name: `C${i}` });
  const page = async (since) => (await call('GET', `/api/v1/changes${since === undefined ? '' : `?since=${since}`}`, { token: own.token, expected: false })).body;
  let first;
  await until(async () => (first = await page()).changes.length === 4);
  assert.deepEqual([first.recovered, first.more, first.changes.map((c) => c.doc.first_name)], [true, false, ['C0', 'C1', 'C2', 'C3']]);
  assert.deepEqual((await page(`${first.changes[0].epoch}.3`)).changes.map((c) => c.seq), [4]);
  const last = await page(first.next_since);
  assert.deepEqual([last.changes, last.next_since], [[], first.next_since]);
  assert.deepEqual([(await page('99')).recovered, (await page('1.1')).recovered], [false, false]);
  assert.equal((await call('GET', '/api/v1/changes', { expected: false })).status, 401);
});

test('push-head: HEAD answers as GET does, without a body, where a body ends', async () => {
  const { token } = await newTenant();
  const got = await fetch(`${BASE}/api/v1/changes`, { headers: { Authorization: `Bearer ${token}` } });
  const head = await fetch(`${BASE}/api/v1/changes`, { method: 'HEAD', headers: { Authorization: `Bearer ${token}` } });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, got.headers.get('content-length'), '']);
  const stream = await fetch(`${BASE}/api/v1/events/stream`, { method: 'HEAD', headers: { Authorization: `Bearer ${token}` } });
  assert.deepEqual([stream.status, stream.headers.get('allow')], [405, 'GET, OPTIONS']);
});

test('push-slow: who does not keep up is closed with 4408, and finds the rest', async () => {
  const own = await newTenant();
  const slow = await connect('/ws/persons?since=0', { ...own, base: `ws+unix:${VAR}/run/pushd.sock:` });
  const quick = await connect('/ws/persons?since=0', own);
  slow._socket.pause();
  const slowOnes = async () => Number((await call('GET', '/metrics/pushd', { expected: false })).text.match(/^almoner_push_slow_total (\d+)$/m)[1]);
  const before = await slowOnes();
  const rows = Array.from({ length: 2600 }, (_, i) => `Slow${i},Last,slow${i}@example.com,low,${'n'.repeat(1000)}`).join('\n');
  const done = await call('POST', '/api/v1/persons/import', { token: own.token, text: `first_name,last_name,email,risk_level,notes\n${rows}\n`, headers: { 'Content-Type': 'text/csv' } });
  assert.equal(done.status, 200, done.text.slice(0, 300));
  await until(async () => (await slowOnes()) > before, 30000);
  slow._socket.resume();
  await until(() => slow.closed !== null);
  assert.equal(slow.closed, 4408);
  const last = slow.messages.at(-1).seq;
  assert.ok(last < 2600, `${last}`);
  const rest = await connect(`/ws/persons?since=${last}`, own);
  await until(() => quick.messages.length >= 2600 && rest.messages.length >= 2600 - last, 30000);
  const all = Array.from({ length: 2600 }, (_, i) => i + 1);
  assert.deepEqual([...slow.messages, ...rest.messages].map((m) => m.seq), all);
  assert.deepEqual(quick.messages.map((m) => m.seq), all, 'nobody else waits for the slow one');
});

test('push-erase: what is deleted leaves nothing in the stream, its interactions neither', async () => {
  const own = await newTenant();
  const person = await newPerson(own.token, { notes: 'a secret' }), other = await newPerson(own.token, { first_name: 'Other' });
  const happen = async (person_id, notes) => (await call('POST', '/api/interactions', { token: own.token, body: { person_id, type: 'call', date: '2024-01-18T10:30:00Z', notes } })).body;
  const gone = await happen(person.id, 'a secret too'), kept = await happen(other.id, 'kept');
  const live = await connect(`/ws/tenant/${own.tenant}`, own);
  await call('DELETE', `/api/persons/${person.id}`, { token: own.token });
  await hears(live, (m) => m.event === 'person_deleted');
  await hears(live, (m) => m.event === 'interaction_deleted' && m.doc.interaction_id === gone.id);
  const socket = await connect(`/ws/tenant/${own.tenant}?since=0`, own);
  await hears(socket, (m) => m.event === 'person_deleted');
  await hears(socket, (m) => m.event === 'interaction_deleted');
  assert.deepEqual(socket.messages.filter((m) => m.op !== 'delete').map((m) => m.doc.id).sort(), [other.id, other.id, kept.id].sort());
  const { changes, next_since } = (await call('GET', '/api/v1/changes?since=0', { token: own.token })).body;
  assert.ok(!JSON.stringify(changes).includes('a secret'));
  assert.equal(next_since.split('.')[1], '8', 'the sequence stays whole');
});

test('push-epoch: after a restore listeners are told, numbers are not taken twice, and webhooks go on', async () => {
  const own = await newTenant();
  const v1 = { ...own, protocols: ['almoner.v1'] };
  for (let i = 0; i < 4; i++) await newPerson(own.token);
  await until(() => sql(`SELECT COUNT(*) FROM ${streamOf(own)}`) === '4\n');
  const here = await connect('/ws/persons?since=0', v1);
  await until(() => here.messages.length === 5);
  const { epoch } = here.messages[0];
  sql(`DELETE FROM ${streamOf(own)} AND seq > 2; UPDATE stream_head SET seq = 2 ${streamOf(own).slice(7)}`);
  await until(() => here.closed !== null, 15000);
  assert.equal(here.closed, 1001, 'what it has seen may not have been');
  const back = await connect(`/ws/persons?since=${epoch}.4`, v1);
  await hears(back, (m) => m.type === 'hello');
  assert.deepEqual(back.messages[0], { type: 'hello', epoch, seq: 2, recovered: false });
  assert.match(execFileSync(process.env.CTL, ['new-epoch', '--tenant', own.tenant], { encoding: 'utf8' }), /^Streams with a new epoch: 1\n$/);
  await until(() => back.closed !== null);
  assert.equal(back.closed, 1001);
  const anew = await connect(`/ws/persons?since=${epoch}.2`, v1);
  await newPerson(own.token, { first_name: 'Anew' });
  await hears(anew, (m) => m.person?.first_name === 'Anew');
  const [hello, event] = anew.messages;
  assert.deepEqual([hello.recovered, hello.seq, event.seq], [false, 2, 3]);
  assert.ok(hello.epoch > epoch);
  assert.throws(() => execFileSync(process.env.CTL, ['new-epoch', '--tenant', 'nobody'], { stdio: 'ignore' }));
});

test('push-gap: what was swept before it was read is not passed over in silence', async () => {
  const own = await newTenant();
  const v1 = { ...own, protocols: ['almoner.v1'] };
  for (let i = 0; i < 4; i++) await newPerson(own.token);
  await until(() => sql(`SELECT COUNT(*) FROM ${streamOf(own)}`) === '4\n');
  const here = await connect('/ws/persons?since=0', v1);
  await until(() => here.messages.length === 5);
  const { epoch } = here.messages[0], where = streamOf(own).slice(7);
  sql(`START TRANSACTION; UPDATE stream SET seq = 7 ${where} AND seq = 4; UPDATE stream_head SET seq = 7 ${where}; COMMIT`);
  await until(() => here.closed !== null);
  assert.equal(here.closed, 1001);
  const back = await connect(`/ws/persons?since=${epoch}.4`, v1);
  await hears(back, (m) => m.type === 'hello');
  assert.deepEqual(back.messages[0], { type: 'hello', epoch, seq: 7, recovered: false });
  const page = (await call('GET', `/api/v1/changes?since=${epoch}.4`, { token: own.token })).body;
  assert.deepEqual(page, { recovered: false, changes: [], next_since: `${epoch}.7`, more: false });
  await newPerson(own.token, { first_name: 'Next' });
  await hears(back, (m) => m.person?.first_name === 'Next');
  assert.deepEqual(back.messages.slice(1).map((m) => m.seq), [8]);
});

test('push-retention: what is too old is swept; who asks for it is told, and the sequence goes on', async () => {
  const own = await newTenant();
  const stream = streamOf(own);
  for (let i = 0; i < 3; i++) await newPerson(own.token);
  await until(() => sql(`SELECT COUNT(*) FROM ${stream}`) === '3\n');
  sql(`UPDATE stream SET created_at = created_at - INTERVAL 25 HOUR ${stream.slice(7)} AND seq < 3`);
  await until(() => sql(`SELECT COUNT(*) FROM ${stream}`) === '1\n', 15000);
  const page = async (since) => (await call('GET', `/api/v1/changes?since=${since}`, { token: own.token })).body;
  assert.deepEqual([(await page(1)).recovered, (await page(1)).changes, (await page(2)).recovered, (await page(2)).changes.map((c) => c.seq)], [false, [], true, [3]]);
  sql(`DELETE FROM ${stream}`);
  await newPerson(own.token);
  await until(() => sql(`SELECT GROUP_CONCAT(seq) FROM ${stream}`) === '4\n');
});
