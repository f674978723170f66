// Goal: seed 000's person endpoints to the letter, and what any client relies on: conditions, minimal answers, merge patch.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newPerson, somebody, problemOf, unique } from './client.mjs';

const SEED = {
  first_name: 'Jane', last_name: 'Smith', phone: '+9876543210', status: 'active', risk_level: 'moderate', risk_score: 50,
  risk_notes: 'Initial assessment', notes: 'New person entry', tags: 'monitored,active',
};
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
let token;

before(async () => { ({ token } = await newTenant()); });

test('persons-create: the seed\'s example', async () => {
  const email = `jane.${unique()}@example.com`;
  const { status, body, headers } = await call('POST', '/api/persons', { token, body: { ...SEED, email } });
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(body), ['id', 'name', 'first_name', 'last_name', 'email', 'phone', 'status', 'risk_level',
    'risk_score', 'risk_notes', 'notes', 'tags', 'interaction_count', 'created_at', 'updated_at']);
  assert.match(body.id, /^person_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  assert.deepEqual({ ...body, id: 0, created_at: 0, updated_at: 0 },
    { ...SEED, id: 0, name: 'Jane Smith', email, interaction_count: 0, created_at: 0, updated_at: 0 });
  assert.match(body.created_at, TIME);
  assert.equal(body.updated_at, body.created_at);
  assert.equal(headers.get('location'), `/api/persons/${body.id}`);
  assert.equal(headers.get('etag')?.replace(/^W\//, ''), '"1"');
});

test('persons-create: only what is required; the rest has the seed\'s defaults', async () => {
  const body = await newPerson(token, {});
  assert.deepEqual([body.phone, body.status, body.risk_score, body.risk_notes, body.notes, body.tags, body.interaction_count],
    ['', 'active', 0, '', '', '', 0]);
});

test('persons-create: id, name and unknown members of the client are ignored', async () => {
  const body = await newPerson(token, { id: 'person_1', name: 'Someone Else', interaction_count: 9, colour: 'blue' });
  assert.equal(body.name, 'Jane Smith');
  assert.equal(body.interaction_count, 0);
  assert.notEqual(body.id, 'person_1');
  assert.ok(!('colour' in body));
});

test('persons-create: every bad field is named, nothing is stored', async () => {
  const reply = await call('POST', '/api/persons', {
    token, body: { first_name: '', email: 'nobody', status: 'asleep', risk_level: 'extreme', risk_score: 101, tags: 7, notes: 'x'.repeat(10001) },
  });
  assert.equal(reply.status, 400);
  const problem = problemOf(reply);
  assert.equal(typeof problem.error, 'string');
  assert.equal(problem.code, 'VALIDATION_ERROR');
  assert.deepEqual(problem.errors.map((e) => e.pointer).sort(),
    ['/email', '/first_name', '/last_name', '/notes', '/risk_level', '/risk_score', '/status', '/tags']);
  for (const error of problem.errors) assert.ok(error.code && error.detail.includes(error.pointer.slice(1)), JSON.stringify(error));
});

test('persons-create: an e-mail address is unique, also in another case', async () => {
  const person = await newPerson(token, {});
  const reply = await call('POST', '/api/persons', { token, body: somebody({ email: person.email.toUpperCase() }) });
  assert.equal(reply.status, 409);
  assert.equal(problemOf(reply).code, 'EMAIL_ALREADY_EXISTS');
  assert.equal(typeof reply.body.error, 'string');
});

test('persons-create: two tenants may have the same address', async () => {
  const person = await newPerson(token, {});
  const other = await newTenant();
  const reply = await call('POST', '/api/persons', { token: other.token, body: somebody({ email: person.email }) });
  assert.equal(reply.status, 201);
});

const NAMES = [
  ['Latin', 'Zoë', "O’Brien-d'Árbó"], ['Cyrillic', 'Алёна', 'Щербакова'], ['Greek', 'Ἀριστοτέλης', 'Παπαδόπουλος'],
  ['Arabic', 'محمد', 'بن عبد الله'], ['Hebrew', 'יוסף', 'כהן'], ['Devanagari', 'श्री', 'कृष्णमूर्ति'], ['Han', '李', '小龍'],
  ['Hangul', '김', '철수'], ['Thai', 'สมชาย', 'ใจดี'], ['Kana', 'さくら', 'ヤマモト'], ['emoji', '👩🏽‍🚀', '🦄💜'], ['apostrophe', "D'Arcy", "O'Neil; DROP TABLE persons;--"],
];
for (const [script, first, last] of NAMES)
  test(`persons-roundtrip: ${script} survives a round trip and a search`, async () => {
    const made = await newPerson(token, { first_name: first, last_name: last, notes: `${first}\n"${last}"\\ \u2028` });
    const { body } = await call('GET', `/api/persons/${made.id}`, { token });
    assert.deepEqual([body.first_name, body.last_name, body.name, body.notes], [first, last, `${first} ${last}`, `${first}\n"${last}"\\ \u2028`]);
    const found = await call('GET', '/api/persons', { token, query: { q: last } });
    assert.ok(found.body.persons.some((p) => p.id === made.id), `q=${last}`);
  });

test('persons-read: 404 for another id, for a malformed one, both alike', async () => {
  for (const id of ['person_01h455vb4pex5vsknk084sn02q', 'person_123', '123', 'person_01H455VB4PEX5VSKNK084SN02Q', '%20']) {
    const reply = await call('GET', `/api/persons/${id}`, { token });
    assert.equal(reply.status, 404, id);
    assert.equal(problemOf(reply).code, 'PERSON_NOT_FOUND');
    assert.equal(reply.body.error, 'Person not found');
  }
});

test('persons-read: If-None-Match answers 304 until the record changes', async () => {
  const person = await newPerson(token, {});
  const first = await call('GET', `/api/persons/${person.id}`, { token });
  const etag = first.headers.get('etag');
  const again = await call('GET', `/api/persons/${person.id}`, { token, headers: { 'If-None-Match': etag } });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
  await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'changed' } });
  const changed = await call('GET', `/api/persons/${person.id}`, { token, headers: { 'If-None-Match': etag } });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.notes, 'changed');
});

test('persons-read: HEAD is GET without a body', async () => {
  const person = await newPerson(token, {});
  const reply = await call('HEAD', `/api/persons/${person.id}`, { token });
  assert.equal(reply.status, 200);
  assert.equal(reply.text, '');
  assert.ok(reply.headers.get('etag'));
});

test('persons-update: the seed\'s example; what is left out stays', async () => {
  const person = await newPerson(token, { phone: '+1' });
  const email = `jane.smith.${unique()}@example.com`;
  const change = { first_name: 'Janet', last_name: 'Smith', email, status: 'active', risk_level: 'high', risk_score: 80,
    risk_notes: 'Updated assessment', notes: 'Updated information', tags: 'flagged,high-risk' };
  const { status, body, headers } = await call('PUT', `/api/persons/${person.id}`, { token, body: change });
  assert.equal(status, 200);
  assert.deepEqual({ ...body, updated_at: 0 }, { ...person, ...change, name: 'Janet Smith', phone: '+1', updated_at: 0 });
  assert.equal(headers.get('etag')?.replace(/^W\//, ''), '"2"');
  const read = await call('GET', `/api/persons/${person.id}`, { token });
  assert.deepEqual(read.body, body);
});

test('persons-update: nothing changed, nothing counted', async () => {
  const person = await newPerson(token, {});
  const { status, headers, body } = await call('PUT', `/api/persons/${person.id}`, { token, body: { first_name: 'Jane' } });
  assert.equal(status, 200);
  assert.equal(headers.get('etag')?.replace(/^W\//, ''), '"1"');
  assert.deepEqual(body, person);
});

test('persons-update: bad fields 400, duplicate address 409, unknown person 404; nothing changes', async () => {
  const person = await newPerson(token, {});
  const other = await newPerson(token, {});
  const bad = await call('PUT', `/api/persons/${person.id}`, { token, body: { risk_score: -1, email: 'x', first_name: null } });
  assert.equal(bad.status, 400);
  assert.deepEqual(problemOf(bad).errors.map((e) => e.pointer).sort(), ['/email', '/first_name', '/risk_score']);
  const duplicate = await call('PUT', `/api/persons/${person.id}`, { token, body: { email: other.email } });
  assert.equal(duplicate.status, 409);
  const missing = await call('PUT', '/api/persons/person_01h455vb4pex5vsknk084sn02q', { token, body: { notes: 'x' } });
  assert.equal(missing.status, 404);
  assert.deepEqual((await call('GET', `/api/persons/${person.id}`, { token })).body, person);
});

test('persons-update: If-Match guards against a lost update', async () => {
  const person = await newPerson(token, {});
  const ok = await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'a' }, headers: { 'If-Match': '"1"' } });
  assert.equal(ok.status, 200);
  const stale = await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'b' }, headers: { 'If-Match': '"1"' } });
  assert.equal(stale.status, 412);
  assert.equal(problemOf(stale).code, 'PRECONDITION_FAILED');
  const removal = await call('DELETE', `/api/persons/${person.id}`, { token, headers: { 'If-Match': '"1"' } });
  assert.equal(removal.status, 412);
  assert.equal((await call('GET', `/api/persons/${person.id}`, { token })).body.notes, 'a');
});

test('persons-update: strict handling replaces the whole record', async () => {
  const person = await newPerson(token, { notes: 'keep?', phone: '+1' });
  const replaced = await call('PUT', `/api/persons/${person.id}`, {
    token, body: { first_name: 'Jane', last_name: 'Smith', email: person.email, risk_level: 'low' }, headers: { Prefer: 'handling=strict' } });
  assert.equal(replaced.status, 200);
  assert.deepEqual([replaced.body.notes, replaced.body.phone, replaced.body.risk_level], ['', '', 'low']);
  const lacking = await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'x' }, headers: { Prefer: 'handling=strict' } });
  assert.equal(lacking.status, 400);
});

test('persons-merge: RFC 7396, null goes back to the default', async () => {
  const person = await newPerson(token, { notes: 'old', tags: ['a', 'b', 'a', ' c '] });
  assert.equal(person.tags, 'a,b,c');
  const { status, body } = await call('PATCH', `/api/persons/${person.id}`, {
    token, body: { notes: null, risk_score: 12 }, headers: { 'Content-Type': 'application/merge-patch+json' } });
  assert.equal(status, 200);
  assert.deepEqual([body.notes, body.risk_score, body.tags], ['', 12, 'a,b,c']);
  const required = await call('PATCH', `/api/persons/${person.id}`, { token, body: { email: null } });
  assert.equal(required.status, 400);
});

test('persons-minimal: Prefer: return=minimal answers 204 without a body', async () => {
  const made = await call('POST', '/api/persons', { token, body: somebody(), headers: { Prefer: 'return=minimal' } });
  assert.equal(made.status, 204);
  assert.equal(made.text, '');
  assert.match(made.headers.get('location'), /^\/api\/persons\/person_/);
  assert.equal((await call('GET', made.headers.get('location'), { token })).status, 200);
});

test('persons-remove: the seed\'s answer, then 404', async () => {
  const person = await newPerson(token, {});
  const gone = await call('DELETE', `/api/persons/${person.id}`, { token });
  assert.equal(gone.status, 200);
  assert.deepEqual(gone.body, { success: true, message: 'Person deleted successfully', person_id: person.id });
  for (const method of ['GET', 'DELETE']) assert.equal((await call(method, `/api/persons/${person.id}`, { token })).status, 404);
  const again = await call('POST', '/api/persons', { token, body: somebody({ email: person.email }) });
  assert.equal(again.status, 201, 'the address is free again');
});

test('persons-history: who, when, from where, before and after; it survives deletion', async () => {
  const person = await newPerson(token, {});
  await call('PUT', `/api/persons/${person.id}`, { token, body: { risk_score: 70, notes: 'watch' } });
  await call('DELETE', `/api/persons/${person.id}`, { token });
  const { status, body } = await call('GET', `/api/persons/${person.id}/history`, { token });
  assert.equal(status, 200);
  assert.equal(body.total, 3);
  const [removed, updated, created] = body.history;
  assert.deepEqual([removed.op, updated.op, created.op], ['delete', 'update', 'create']);
  assert.deepEqual([created.version, updated.version], [1, 2]);
  assert.equal(created.before, null);
  assert.deepEqual(created.after, person);
  assert.deepEqual(updated.before, { risk_score: 0, notes: '', updated_at: person.updated_at });
  assert.equal(updated.after.risk_score, 70);
  assert.equal(updated.after.notes, 'watch');
  assert.equal(removed.before.email, person.email);
  assert.equal(removed.after, null);
  const me = await call('GET', '/api/auth/me', { token });
  assert.equal(updated.actor_id, me.body.user_id);
  assert.ok(updated.address && updated.request_id && updated.at);
  const never = await call('GET', '/api/persons/person_01h455vb4pex5vsknk084sn02q/history', { token });
  assert.equal(never.status, 404);
});

test('persons-risk: nothing recorded is zero; flagged is traced to its cause', async () => {
  const calm = await newPerson(token, {});
  const none = await call('GET', `/api/persons/${calm.id}/risk`, { token });
  assert.equal(none.status, 200);
  assert.deepEqual([none.body.risk_score, none.body.risk_level, none.body.causes], [0, 'low', []]);
  const flagged = await newPerson(token, { status: 'flagged', risk_score: 66, risk_level: 'high' });
  const { body } = await call('GET', `/api/persons/${flagged.id}/risk`, { token });
  assert.deepEqual([body.risk_score, body.risk_level, body.stored_risk_score, body.stored_risk_level], [20, 'low', 66, 'high']);
  assert.deepEqual(body.causes.map((c) => [c.cause, c.points, c.count]), [['status_flagged', 20, 1]]);
});
