// Goal: live updates that lose nothing: the seeds' sockets with a real client, who may hear what, resuming, and a daemon that dies meanwhile.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import WebSocket from 'ws';
import { BASE, call, newInteraction, newPerson, newTenant, newUser, until, VAR } from './client.mjs';

const WS = BASE.replace('http', 'ws');
const open = new Set();
after(() => open.forEach((socket) => socket.terminate()));

/** An open socket whose messages are collected; fails with the HTTP status when it is refused. */
function connect(path, { token, protocols = [], headers = {}, ...more } = {}) {
  return new Promise((done, fail) => {
    const socket = new WebSocket(WS + path, protocols, { headers: { ...(token && { Authorization: `Bearer ${token}` }), ...headers }, ...more });
    const heard = Object.assign(socket, { messages: [], closed: null });
    open.add(socket);
    socket.on('message', (data) => heard.messages.push(JSON.parse(data)));
    socket.on('close', (code) => (heard.closed = code));
    socket.on('open', () => done(heard));
    socket.on('unexpected-response', (_, reply) => { let text = ''; reply.on('data', (piece) => (text += piece)).on('end', () => fail(Object.assign(new Error(`refused: ${reply.statusCode} ${text}`), { status: reply.statusCode, body: text && JSON.parse(text) }))); });
    socket.on('error', fail);
  });
}
const refused = async (...args) => {
  try { await connect(...args); } catch (error) { return error.status; }
  return 101;
};
const hears = (socket, check, ms = 5000) => until(() => socket.messages.some(check), ms);

let admin, stranger;
before(async () => {
  admin = await newTenant();
  stranger = await newTenant();
});

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
  await call('DELETE', `/api/persons/${person.id}`, { token: admin.token });
  await hears(socket, (m) => m.op === 'delete');
  assert.deepEqual(socket.messages.map((m) => [m.type, m.op]), [['person', 'insert'], ['person', 'update'], ['person', 'delete']]);
  assert.deepEqual(socket.messages[0].doc, person);
  assert.equal(await refused(`/ws/tenant/${stranger.tenant}`, admin), 403);
  assert.equal(await refused('/ws/tenant/nonsense', admin), 404);
  assert.equal(await refused('/ws/nothing', admin), 404);
});

test('push-auth: header, subprotocol, ticket once, cookie of our own pages; never a token in the address', async () => {
  assert.equal(await refused('/ws/persons'), 401);
  assert.equal(await refused('/ws/persons', { token: 'nonsense' }), 401);
  assert.equal(await refused(`/ws/persons?token=${admin.token}`), 400);
  const offered = await connect('/ws/persons', { protocols: ['almoner.v1', `almoner.bearer.${admin.token}`] });
  assert.equal(offered.protocol, 'almoner.v1');
  const { ticket } = (await call('POST', '/api/v1/auth/ws-ticket', { token: admin.token })).body;
  await connect(`/ws/persons?ticket=${ticket}`);
  assert.equal(await refused(`/ws/persons?ticket=${ticket}`), 401);
  const Cookie = `almoner=${admin.token}`;
  await connect('/ws/persons', { headers: { Cookie, Origin: BASE } });
  assert.equal(await refused('/ws/persons', { headers: { Cookie, Origin: 'https://evil.example' } }), 403);
  assert.equal(await refused('/ws/persons', { headers: { Cookie } }), 403);
  const plain = await call('GET', '/ws/persons', { token: admin.token, expected: false });
  assert.deepEqual([plain.status, plain.body.code], [426, 'UPGRADE_REQUIRED']);
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

test('push-sites: a site\'s events reach its members, and whoever is no longer one hears no more', async () => {
  const own = await newTenant();
  const site = async (name) => (await call('POST', '/api/v1/sites', { token: own.token, body: { name } })).body.site.id;
  const [north, south] = [await site('North'), await site('South')];
  const member = await newUser(own.tenant, 'staff'), kiosk = await newUser(own.tenant, 'kiosk');
  await call('POST', `/api/v1/sites/${north}/users`, { token: own.token, body: { user_id: member.user, role: 'viewer' } });
  const [all, some, none] = [await connect(`/ws/tenant/${own.tenant}`, own), await connect(`/ws/tenant/${own.tenant}`, member), await connect(`/ws/tenant/${own.tenant}`, kiosk)];
  const hidden = await newInteraction(own.token, south, { title: 'In the south' });
  const shown = await newInteraction(own.token, north, { title: 'In the north' });
  await call('DELETE', `/api/v1/interactions/${hidden.id}`, { token: own.token });
  await call('DELETE', `/api/v1/interactions/${shown.id}`, { token: own.token });
  const mine = (socket) => socket.messages.filter((m) => m.type === 'site_interaction').map((m) => [m.op, m.doc.title ?? m.doc.site_interaction_id]);
  await until(() => mine(all).length === 4 && mine(some).length === 2);
  assert.deepEqual(mine(some), [['insert', 'In the north'], ['delete', shown.id]]);
  assert.deepEqual(none.messages, [], 'a kiosk hears nothing');
  const missed = (await call('GET', '/api/v1/changes', { token: member.token, expected: false })).body.changes.filter((c) => c.resource === 'site_interaction');
  assert.deepEqual(missed.map((c) => c.doc.title ?? c.doc.site_interaction_id), ['In the north', shown.id]);
});

test('push-end: a session that ends closes its sockets with 4401', async () => {
  const own = await newTenant();
  const socket = await connect('/ws/persons', own);
  await call('POST', '/api/v1/auth/logout', { token: own.token, body: { token: own.token } });
  await until(() => socket.closed !== null, 6000);
  assert.equal(socket.closed, 4401);
});

test('push-limits: heads that never end, and what is no request', async () => {
  const raw = (text) => new Promise((done) => {
    const socket = net.connect(`${VAR}/run/pushd.sock`);
    let reply = '';
    socket.on('data', (data) => (reply += data)).on('close', () => done(reply)).on('error', () => done(reply));
    socket.write(text);
  });
  assert.match(await raw('POST /ws/persons HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.match(await raw('GET /ws/persons HTTP/1.1\r\nno colon\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.equal(await raw(`GET /ws/persons HTTP/1.1\r\nX: ${'x'.repeat(13000)}`), '');
  assert.equal(await raw('GET /ws/persons HTTP/1.1\r\n'), '', 'given up after five seconds');
});
