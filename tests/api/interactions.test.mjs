// Goal: seed 000's interactions to the letter, and the count on the person, exact whoever writes.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newPerson, newUser, problemOf } from './client.mjs';

let token, jane, john, tenant;
const create = (body) => call('POST', '/api/interactions', { token, body });
const happened = (more = {}) => ({ person_id: jane.id, type: 'message', description: 'Interaction details', date: '2024-01-18T10:30:00Z', risk_level: 'low', ...more });
const countOf = async (id) => (await call('GET', `/api/persons/${id}`, { token })).body.interaction_count;

before(async () => {
  ({ token, tenant } = await newTenant());
  jane = await newPerson(token, { first_name: 'Jane' });
  john = await newPerson(token, { first_name: 'John' });
});

test('interactions-create: the seed\'s example; the person counts it', async () => {
  const body = happened({ related_person_id: john.id });
  const reply = await create(body);
  assert.equal(reply.status, 201, reply.text);
  assert.deepEqual(Object.keys(reply.body), ['id', 'person_id', 'related_person_id', 'type', 'description', 'date', 'risk_level', 'created_at', 'updated_at']);
  assert.match(reply.body.id, /^interaction_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  for (const [name, value] of Object.entries(body)) assert.equal(reply.body[name], value);
  assert.equal(reply.headers.get('location'), `/api/interactions/${reply.body.id}`);
  const person = (await call('GET', `/api/persons/${jane.id}`, { token })).body;
  assert.equal(person.interaction_count, 1);
  assert.ok(person.updated_at >= jane.updated_at);
  assert.equal(await countOf(john.id), 0);
  const history = (await call('GET', `/api/persons/${jane.id}/history`, { token })).body.history[0];
  assert.deepEqual([history.op, history.before.interaction_count, history.after.interaction_count], ['update', 0, 1]);
});

test('interactions-list: the seed\'s filters', async () => {
  const who = await newPerson(token, {});
  for (const [type, date, risk_level] of [['call', '2024-02-01T00:00:00Z', 'high'], ['call', '2024-02-02T23:59:59.500Z', null], ['incident', '2024-02-03T12:00:00Z', 'critical']])
    assert.equal((await create(happened({ person_id: who.id, related_person_id: jane.id, type, date, risk_level }))).status, 201);
  const list = async (query) => (await call('GET', '/api/interactions', { token, query: { person_id: who.id, ...query } })).body;
  const all = await list({});
  assert.deepEqual(Object.keys(all).slice(0, 3), ['interactions', 'total', 'page']);
  assert.deepEqual([all.total, all.page], [3, 1]);
  assert.deepEqual(all.interactions.map((row) => row.date), ['2024-02-03T12:00:00Z', '2024-02-02T23:59:59.500Z', '2024-02-01T00:00:00Z']);
  assert.equal((await list({ type: 'call' })).total, 2);
  assert.equal((await list({ risk_level: 'high,critical' })).total, 2);
  assert.equal((await list({ from_date: '2024-02-02', to_date: '2024-02-02' })).total, 1);
  assert.equal((await list({ to_date: '2024-02-02' })).total, 2);
  assert.equal((await list({ from_date: '2024-02-03T12:00:00Z' })).total, 1);
  assert.equal((await list({ from_date: '2024-02-03T12:00:01Z' })).total, 0);
  assert.equal((await call('GET', '/api/interactions', { token, query: { related_person_id: jane.id, type: 'incident' } })).body.total, 1);
  assert.equal((await call('GET', '/api/interactions', { token, query: { from_date: 'yesterday' } })).status, 400);
  assert.equal((await call('GET', '/api/interactions', { token, query: { colour: 'red' } })).status, 400);
});

test('interactions-create: every bad field is named, nothing is stored or counted', async () => {
  const before = await countOf(jane.id);
  const reply = await create({ person_id: jane.id, type: 'shout', date: 'now', risk_level: 'extreme', related_person_id: 'x', description: 7 });
  assert.equal(reply.status, 400);
  assert.deepEqual(problemOf(reply).errors.map((e) => e.pointer).sort(), ['/date', '/description', '/related_person_id', '/risk_level', '/type']);
  assert.deepEqual(problemOf(await create({})).errors.map((e) => e.pointer).sort(), ['/date', '/person_id', '/type']);
  assert.equal(await countOf(jane.id), before);
});

test('interactions-create: an unknown person is 404, an unknown related one 400', async () => {
  const unknown = await create(happened({ person_id: 'person_01h455vb4pex5vsknk084sn02q' }));
  assert.equal(unknown.status, 404);
  assert.deepEqual([problemOf(unknown).code, unknown.body.error], ['PERSON_NOT_FOUND', 'Person not found']);
  const related = await create(happened({ related_person_id: 'person_01h455vb4pex5vsknk084sn02q' }));
  assert.equal(related.status, 400);
  assert.deepEqual(problemOf(related).errors.map((e) => [e.pointer, e.code]), [['/related_person_id', 'unknown']]);
  const stranger = await newTenant();
  const theirs = await newPerson(stranger.token, {});
  assert.equal((await create(happened({ person_id: theirs.id }))).status, 404);
  assert.equal((await create(happened({ related_person_id: theirs.id }))).status, 400);
});

test('interactions-read, update, merge, delete: the count follows', async () => {
  const [a, b] = [await newPerson(token, {}), await newPerson(token, {})];
  const { body } = await create(happened({ person_id: a.id }));
  const path = `/api/interactions/${body.id}`;
  assert.deepEqual((await call('GET', path, { token })).body, body);
  const put = await call('PUT', path, { token, body: { description: 'Other', risk_level: 'high' } });
  assert.deepEqual([put.body.description, put.body.risk_level, put.body.type], ['Other', 'high', 'message']);
  assert.deepEqual([await countOf(a.id), await countOf(b.id)], [1, 0]);
  assert.equal((await call('PATCH', path, { token, body: { person_id: b.id, risk_level: null } })).body.risk_level, null);
  assert.deepEqual([await countOf(a.id), await countOf(b.id)], [0, 1]);
  const gone = await call('DELETE', path, { token });
  assert.deepEqual(gone.body, { success: true, message: 'Interaction deleted successfully', interaction_id: body.id });
  assert.equal((await call('DELETE', path, { token })).status, 404);
  assert.equal(await countOf(b.id), 0);
  assert.deepEqual((await call('GET', `${path}/history`, { token })).body.history.map((row) => row.op), ['delete', 'update', 'update', 'create']);
});

test('interactions-cascade: a deleted person takes theirs along and is named no more by others', async () => {
  const who = await newPerson(token, {});
  const own = (await create(happened({ person_id: who.id, type: 'incident', risk_level: 'critical' }))).body;
  const naming = (await create(happened({ related_person_id: who.id }))).body;
  const total = async () => (await call('GET', '/api/interactions', { token, query: { type: 'incident' } })).body.total;
  const before = await total();
  assert.equal((await call('DELETE', `/api/persons/${who.id}`, { token })).status, 200);
  assert.equal((await call('GET', `/api/interactions/${own.id}`, { token })).status, 404);
  assert.equal((await call('GET', `/api/interactions/${naming.id}`, { token })).body.related_person_id, null);
  assert.equal(await total(), before - 1);
  const last = (await call('GET', `/api/interactions/${own.id}/history`, { token })).body.history[0];
  assert.deepEqual([last.op, last.before.risk_level, last.after], ['delete', 'critical', null]);
  const { body: left } = await call('GET', `/api/interactions/${naming.id}`, { token });
  const [forgot, first] = (await call('GET', `/api/interactions/${naming.id}/history`, { token })).body.history;
  assert.deepEqual([forgot.op, forgot.version, forgot.before, forgot.after],
    ['update', 2, { related_person_id: who.id, updated_at: naming.updated_at }, { related_person_id: null, updated_at: left.updated_at }]);
  assert.equal(first.op, 'create');
});

test('interactions-cascade: more references than one statement clears', async () => {
  const who = await newPerson(token, {});
  const count = 230;
  for (let i = 0; i < count; i += 10)
    await Promise.all(Array.from({ length: 10 }, () => call('POST', '/api/interactions', { token, expected: false, body: happened({ related_person_id: who.id }) })));
  const named = async () => (await call('GET', '/api/interactions', { token, query: { related_person_id: who.id } })).body.total;
  assert.equal(await named(), count);
  assert.equal((await call('DELETE', `/api/persons/${who.id}`, { token })).status, 200);
  assert.equal(await named(), 0);
});

test('interactions-count: exact after 1,000 concurrent creates and deletes', async () => {
  const people = [await newPerson(token, {}), await newPerson(token, {})];
  const made = [];
  const work = Array.from({ length: 1000 }, (_, i) => i);
  let deletes = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let i = work.pop(); i !== undefined; i = work.pop()) {
      if (i % 4 === 3 && made.length) {
        const reply = await call('DELETE', `/api/interactions/${made.pop()}`, { token, expected: i < 20 });
        assert.equal(reply.status, 200, reply.text);
        deletes++;
      } else {
        const reply = await call('POST', '/api/interactions', { token, expected: i < 20, body: happened({ person_id: people[i % 2].id }) });
        assert.equal(reply.status, 201, reply.text);
        made.push(reply.body.id);
      }
    }
  }));
  const [a, b] = [await countOf(people[0].id), await countOf(people[1].id)];
  const rows = async (person) => (await call('GET', '/api/interactions', { token, query: { person_id: person.id } })).body.total;
  assert.equal(a + b, made.length);
  assert.equal(made.length, 1000 - 2 * deletes);
  assert.deepEqual([a, b], [await rows(people[0]), await rows(people[1])]);
  const all = (await call('GET', '/api/interactions', { token, query: { per_page: 1 } })).body.total;
  const counted = (await call('GET', '/api/interactions', { token, query: { per_page: 1, from_date: '2000-01-01' } })).body.total;
  assert.equal(all, counted);
});

test('interactions-risk: the person\'s computed risk follows', async () => {
  const who = await newPerson(token, { status: 'flagged' });
  for (const risk_level of ['high', 'critical', 'low']) await create(happened({ person_id: who.id, risk_level }));
  const { body } = await call('GET', `/api/persons/${who.id}/risk`, { token });
  assert.equal(body.risk_score, 20 + 5 + 15);
  assert.equal(body.risk_level, 'moderate');
});

test('interactions-roles: a viewer reads and changes nothing', async () => {
  const viewer = await newUser(tenant, 'viewer');
  const { body } = await create(happened());
  assert.equal((await call('GET', `/api/interactions/${body.id}`, { token: viewer.token })).status, 200);
  assert.equal((await call('POST', '/api/interactions', { token: viewer.token, body: happened() })).status, 403);
  assert.equal((await call('DELETE', `/api/interactions/${body.id}`, { token: viewer.token })).status, 403);
});
