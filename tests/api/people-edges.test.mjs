// Goal: seed 003 at its edges: days that turn, requests at once, batches that fail in part, which answers say that they are personal, who may read a calendar.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import ICAL from 'ical.js';
import { call, newTenant, newUser, problemOf, unique } from './client.mjs';

const PEOPLE = '/api/v1/people';
let admin;
before(async () => { admin = await newTenant(); });
const send = (method, path, body, token = admin.token, headers = {}) => call(method, path, { token, body, headers });
const ok = async (method, path, body, token) => {
  const reply = await send(method, path, body, token);
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
  return reply.body;
};
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
const newFaculty = (more, token) => ok('POST', PEOPLE, { name: 'FAC-PD', type: 'faculty', ...more }, token);
const newProcedure = (more, token) => ok('POST', '/api/v1/procedures', { name: 'Basic Life Support', code: unique(), ...more }, token);
const newCredential = (person, procedure, more, token) => ok('POST', '/api/v1/credentials', { faculty_id: person.id, procedure_id: procedure.id, credential_type: 'BLS', ...more }, token);
const newAssignment = async (person, date, time_of_day = 'AM') => {
  const block = await ok('POST', '/api/v1/blocks', { date, time_of_day });
  return ok('POST', '/api/v1/assignments', { block_id: block.id, person_id: person.id, role: 'primary', activity_name: 'Clinic' });
};

// From and until, in days from today: is it valid, a right to supervise, listed as one? null: no such day.
const days = [[null, null, true], [0, 0, true], [-1, 0, true], [0, 1, true], [-1, -1, false], [null, -1, false], [1, 2, false], [1, null, false]];
for (const [from, until, holds] of days)
  test(`days: from ${from} until ${until}, all reads agree that it ${holds ? 'holds' : 'does not hold'} today`, async () => {
    const [certified_date, expiration_date] = [from, until].map((n) => (n === null ? null : day(n)));
    const person = await newFaculty(), procedure = await newProcedure({ required_credentials: ['BLS'] });
    const credential = await newCredential(person, procedure, { certified_date, expiration_date });
    const past = until !== null && until < 0;
    assert.deepEqual([credential.is_valid, credential.status], [holds, past ? 'expired' : 'active']);
    assert.equal((await ok('GET', `/api/v1/credentials/check/${person.id}/${procedure.id}`)).allowed, holds);
    assert.equal((await ok('GET', `${PEOPLE}/${person.id}/procedures`)).total, holds ? 1 : 0);
    assert.deepEqual((await ok('GET', `/api/v1/credentials/qualified-faculty/${procedure.id}`)).qualified_faculty, holds ? [{ id: person.id, name: 'FAC-PD', type: 'faculty' }] : []);
    for (const path of [`/api/v1/credentials/by-procedure/${procedure.id}`, `/api/v1/credentials/by-person/${person.id}`]) {
      assert.equal((await ok('GET', path)).total, past ? 0 : 1);
      assert.equal((await ok('GET', `${path}?include_expired=true`)).total, 1);
      assert.equal((await ok('GET', `${path}?status=expired`)).total, past ? 1 : 0);
    }
    const activated = await send('POST', `/api/v1/credentials/${credential.id}/activate`);
    assert.equal(activated.status, past ? 409 : 200, 'through its last day');
    await ok('PUT', `${PEOPLE}/${person.id}`, { is_active: false });
    assert.deepEqual([(await ok('GET', `${PEOPLE}/${person.id}/procedures`)).total, (await ok('GET', `/api/v1/credentials/qualified-faculty/${procedure.id}`)).total], [0, 0], 'who has left');
  });

test('qualified: without a certificate anybody, without an active procedure nobody; unknown ones are 404', async () => {
  const own = await newTenant();
  const [one, two] = [await newFaculty({ name: 'B' }, own.token), await newFaculty({ name: 'A' }, own.token)];
  await ok('POST', PEOPLE, { name: 'R', type: 'resident', pgy_level: 1 }, own.token);
  const open = await newProcedure({ requires_certification: false }, own.token), strict = await newProcedure({ requires_certification: false, required_credentials: ['BLS', 'ACLS'] }, own.token);
  const who = async (procedure) => (await ok('GET', `/api/v1/credentials/qualified-faculty/${procedure.id}`, undefined, own.token));
  assert.deepEqual(await who(open), { procedure_id: open.id, procedure_name: open.name, qualified_faculty: [{ id: two.id, name: 'A', type: 'faculty' }, { id: one.id, name: 'B', type: 'faculty' }], total: 2 });
  assert.equal((await who(strict)).total, 0);
  for (const credential_type of ['BLS', 'ACLS']) await newCredential(one, open, { credential_type }, own.token);
  assert.deepEqual((await who(strict)).qualified_faculty.map((p) => p.id), [one.id]);
  assert.equal((await ok('POST', `/api/v1/procedures/${open.id}/deactivate`, undefined, own.token)).is_active, false);
  assert.equal((await who(open)).total, 0);
  assert.equal((await ok('POST', `/api/v1/procedures/${open.id}/activate`, undefined, own.token)).is_active, true);
  assert.equal((await who(open)).total, 2);
  for (const path of [`qualified-faculty/${one.id}`, `by-procedure/${one.id}`]) assert.equal(problemOf(await send('GET', `/api/v1/credentials/${path}`, undefined, own.token)).code, 'PROCEDURE_NOT_FOUND');
  assert.equal((await send('GET', `/api/v1/credentials/qualified-faculty/${open.id}`)).status, 404, 'of another tenant');
});

test('procedures: the words that they are grouped by', async () => {
  const own = await newTenant();
  for (const [category, specialty] of [['surgical', 'OB/GYN'], ['clinic', null], ['surgical', 'Pediatrics'], [null, 'Pediatrics']]) await newProcedure({ category, specialty }, own.token);
  assert.deepEqual(await ok('GET', '/api/v1/procedures/categories', undefined, own.token), { items: ['clinic', 'surgical'], total: 2 });
  assert.deepEqual(await ok('GET', '/api/v1/procedures/specialties', undefined, own.token), { items: ['OB/GYN', 'Pediatrics'], total: 2 });
});

test('verbs: revoked stays so, by whatever request; again changes nothing; a renewal of the whole record is one', async () => {
  const person = await newFaculty(), procedure = await newProcedure();
  const credential = await newCredential(person, procedure), path = `/api/v1/credentials/${credential.id}`;
  const first = await send('POST', `${path}/suspend`), again = await send('POST', `${path}/suspend`);
  assert.deepEqual([first.headers.get('etag'), again.headers.get('etag'), again.body], ['"2"', '"2"', first.body]);
  assert.equal((await send('POST', `${path}/activate`, undefined, admin.token, { 'If-Match': '"1"' })).status, 412);
  await ok('PUT', path, { status: 'revoked' });
  const refused = await send('PUT', path, { status: 'active' });
  assert.deepEqual([refused.status, problemOf(refused).code, (await ok('GET', path)).status], [409, 'INVALID_TRANSITION', 'revoked']);
  assert.equal((await ok('PUT', path, { status: 'revoked', notes: 'x' })).notes, 'x');
  const { id, ...old } = await newCredential(person, procedure, { expiration_date: day(-3) });
  assert.equal(old.status, 'expired');
  assert.equal((await ok('PUT', `/api/v1/credentials/${id}`, { ...old, expiration_date: day(0) })).status, 'active', 'read, changed and sent back');
});

test('specialties: bounded, and the specialty leads them', async () => {
  const both = ({ specialty, specialties }) => [specialty, specialties];
  assert.deepEqual(both(await newFaculty({ specialty: 'A' })), ['A', ['A']]);
  assert.deepEqual(both(await newFaculty({ specialty: 'A', specialties: ['B'] })), ['A', ['A', 'B']]);
  const person = await newFaculty({ specialties: ['A', 'B'] }), path = `${PEOPLE}/${person.id}`;
  for (const [change, want] of [[{ specialty: 'C' }, ['C', ['C', 'B']]], [{ specialty: 'B' }, ['B', ['B']]], [{ specialties: ['D', 'E'] }, ['D', ['D', 'E']]], [{ specialty: null }, [null, []]], [{ specialties: [] }, [null, []]]])
    assert.deepEqual(both(await ok('PUT', path, change)), want, JSON.stringify(change));
  for (const [specialties, pointer] of [[['x'.repeat(101)], '/specialties/0'], [['a', ''], '/specialties/1'], [Array(21).fill('a'), '/specialties']])
    assert.deepEqual(problemOf(await send('PUT', path, { specialties })).errors.map((e) => e.pointer), [pointer]);
  assert.equal((await send('POST', '/api/v1/procedures', { name: 'x', required_credentials: ['y'.repeat(51)] })).status, 422);
});

test('batch: a refusal names each item that fails, in a dry run too; nothing is kept', async () => {
  const own = await newTenant();
  const batch = (method, path, body) => send(method, `${PEOPLE}/batch${path}`, body, own.token);
  const [one, two, three] = (await ok('POST', `${PEOPLE}/batch`, { people: ['1', '2', '3'].map((name) => ({ name, type: 'faculty', email: `${name}@example.com` })) }, own.token)).results.map((r) => r.person_id);
  const nobody = '550e8400-e29b-41d4-a716-446655449999';
  const block = await ok('POST', '/api/v1/blocks', { date: day(1), time_of_day: 'AM' }, own.token);
  for (const person_id of [two, three]) await ok('POST', '/api/v1/assignments', { block_id: block.id, person_id, role: 'primary', activity_name: 'x' }, own.token);
  const told = (reply) => [reply.status, problemOf(reply).code, reply.body.errors.map((e) => `${e.pointer} ${e.code}`)];
  for (const dry_run of [true, false]) {
    assert.deepEqual(told(await batch('POST', '/delete', { person_ids: [one, two, three], dry_run })), [409, 'DELETE_CONFLICT', ['/person_ids/1 DELETE_CONFLICT', '/person_ids/2 DELETE_CONFLICT']]);
    assert.deepEqual(told(await batch('POST', '/delete', { person_ids: ['x', two, nobody, one], dry_run })), [422, 'VALIDATION_ERROR', ['/person_ids/0 format', '/person_ids/1 DELETE_CONFLICT', '/person_ids/2 PERSON_NOT_FOUND']]);
    assert.deepEqual(told(await batch('PUT', '', { people: [{ id: one, name: 'new' }, { id: nobody }, { id: two, email: '1@example.com' }, { id: three, pgy_level: 1 }], dry_run })),
      [422, 'VALIDATION_ERROR', ['/people/1 PERSON_NOT_FOUND', '/people/2/email duplicate', '/people/3/pgy_level PGY_LEVEL_FORBIDDEN']]);
    assert.deepEqual(told(await batch('POST', '', { people: [{ name: 'x', type: 'faculty', email: '3@example.com' }, { name: 'y', type: 'faculty' }, { type: 'faculty' }], dry_run })), [422, 'VALIDATION_ERROR', ['/people/0/email duplicate', '/people/2/name required']]);
  }
  assert.deepEqual((await ok('GET', PEOPLE, undefined, own.token)).items.map((p) => p.name), ['1', '2', '3']);
  assert.equal((await ok('GET', `${PEOPLE}/${one}/history`, undefined, own.token)).total, 1);
});

test('batch: two over the same people in opposite orders are both done', async () => {
  const ids = [await newFaculty(), await newFaculty(), await newFaculty()].map((p) => p.id);
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => send('PUT', `${PEOPLE}/batch`, { people: (i % 2 ? ids : [...ids].reverse()).map((id) => ({ id, name: `n${i}` })) })));
  assert.deepEqual(replies.map((r) => r.status), Array(20).fill(200));
  assert.equal(new Set(await Promise.all(ids.map(async (id) => (await ok('GET', `${PEOPLE}/${id}`)).name))).size, 1, 'the last one, whole');
});

test('at once: one address once, one year once, one assignment once; nobody is deleted under an assignment', async () => {
  const own = await newTenant();
  const all = (count, one) => Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  const statuses = async (count, one) => (await all(count, one)).map((r) => r.status).sort().join();
  const email = `once.${unique()}@example.com`;
  assert.equal(await statuses(6, () => send('POST', PEOPLE, { name: 'x', type: 'faculty', email }, own.token)), '201,422,422,422,422,422');
  const resident = await ok('POST', PEOPLE, { name: 'r', type: 'resident', pgy_level: 1 }, own.token);
  assert.equal(await statuses(5, () => send('POST', `${PEOPLE}/academic-year/rollover`, { academic_year: 2030 }, own.token)), '200,409,409,409,409');
  assert.equal((await ok('GET', `${PEOPLE}/${resident.id}`, undefined, own.token)).pgy_level, 2);
  const block = await ok('POST', '/api/v1/blocks', { date: day(2), time_of_day: 'PM' }, own.token);
  for (let i = 0; i < 8; i++) {
    const person = await newFaculty({}, own.token);
    const [removed, assigned] = await Promise.all([send('DELETE', `${PEOPLE}/${person.id}`, undefined, own.token), send('POST', '/api/v1/assignments', { block_id: block.id, person_id: person.id, role: 'primary', activity_name: 'x' }, own.token)]);
    assert.ok([[204, 409], [204, 422], [409, 201]].some(([a, b]) => a === removed.status && b === assigned.status), `${removed.status} ${assigned.status}`);
  }
});

test('phi: every answer with personal members says so and names them; totals and links are in the header', async () => {
  const own = await newTenant();
  const get = (method, path, body, headers) => send(method, path, body, own.token, headers);
  const person = await newFaculty({}, own.token), procedure = await newProcedure({}, own.token), credential = await newCredential(person, procedure, {}, own.token);
  const block = await ok('POST', '/api/v1/blocks', { date: day(4), time_of_day: 'AM' }, own.token);
  const assignment = await ok('POST', '/api/v1/assignments', { block_id: block.id, person_id: person.id, role: 'primary', activity_name: 'x' }, own.token);
  const feed = new URL((await ok('POST', '/api/v1/credentials/feed', undefined, own.token)).url).pathname;
  const people = 'name,email,phone', held = 'certification_number,notes,faculty_name', assigned = 'person_id,notes';
  const rows = [
    ['GET', PEOPLE, people, 1], ['GET', `${PEOPLE}/residents`, people, 0], ['GET', `${PEOPLE}/faculty`, people, 1], ['GET', `${PEOPLE}/${person.id}`, people], ['GET', `${PEOPLE}/${person.id}/history`, people, 1],
    ['PUT', `${PEOPLE}/${person.id}`, people], ['PATCH', `${PEOPLE}/${person.id}`, people], ['GET', `${PEOPLE}/${person.id}/credentials`, held, 1], ['GET', `${PEOPLE}/${person.id}/credentials/summary`, 'faculty_name'],
    ['GET', `${PEOPLE}/${person.id}/procedures`, null, 1], ['GET', '/api/v1/credentials', held, 1], ['GET', '/api/v1/credentials/expiring', held, 0], ['GET', `/api/v1/credentials/${credential.id}`, held], ['GET', `/api/v1/credentials/${credential.id}/history`, held, 1],
    ['POST', `/api/v1/credentials/${credential.id}/verify`, held], ['GET', `/api/v1/credentials/by-person/${person.id}`, held, 1], ['GET', `/api/v1/credentials/by-procedure/${procedure.id}`, held, 1], ['GET', `/api/v1/credentials/qualified-faculty/${procedure.id}`, 'name', 1],
    ['GET', `/api/v1/credentials/check/${person.id}/${procedure.id}`, null], ['GET', feed, held], ['GET', '/api/v1/assignments', assigned, 1], ['GET', `/api/v1/assignments/${assignment.id}`, assigned], ['GET', `/api/v1/assignments/${assignment.id}/history`, assigned, 1],
    ['GET', '/api/v1/procedures', null, 1], ['GET', '/api/v1/procedures/categories', null, 0], ['GET', '/api/v1/blocks', null, 1],
  ];
  for (const [method, path, fields, total] of rows) {
    const reply = await get(method, path, method === 'PUT' || method === 'PATCH' ? {} : undefined);
    assert.equal(reply.status, 200, path);
    assert.deepEqual([reply.headers.get('x-contains-phi'), reply.headers.get('x-phi-fields'), reply.headers.get('x-total-count')], [fields && 'true', fields, total === undefined ? null : String(total)], `${method} ${path}`);
  }
  const key = { 'Idempotency-Key': unique() };
  for (const replayed of [null, 'true']) {
    const reply = await get('POST', PEOPLE, { name: 'again', type: 'faculty' }, key);
    assert.deepEqual([reply.status, reply.headers.get('idempotency-replayed'), reply.headers.get('x-contains-phi'), reply.headers.get('x-phi-fields')], [201, replayed, 'true', people]);
  }
  const page = await get('GET', `${PEOPLE}?type=faculty&limit=1`);
  const next = page.headers.get('link').match(/<([^>]+)>; rel="next"/)[1];
  const second = await get('GET', next);
  assert.deepEqual([page.headers.get('x-total-count'), page.body.items.length, second.body.items.length, second.headers.get('link').includes('rel="next"')], ['2', 1, 1, false]);
  assert.notEqual(page.body.items[0].id, second.body.items[0].id);
});

test('feed: another reader finds the days, from 90 back to 400 ahead; it ends with the role and the user', async () => {
  const own = await newTenant(), reader = await newUser(own.tenant, 'viewer');
  const person = await newFaculty({ name: 'Åse, "PD"; \\ 長'.padEnd(90, '長') }, own.token), procedure = await newProcedure({ name: 'Lines, drains; all' }, own.token);
  for (const [credential_type, expiration_date] of [['a', day(-91)], ['b', day(-90)], ['c', day(-1)], ['d', day(0)], ['e', day(400)], ['f', day(401)], ['g', null]]) await newCredential(person, procedure, { credential_type, expiration_date }, own.token);
  await newCredential(person, procedure, { credential_type: 'h', expiration_date: day(3), status: 'suspended' }, own.token);
  const make = async () => new URL((await ok('POST', '/api/v1/credentials/feed', undefined, reader.token)).url).pathname;
  const first = await make(), second = await make();
  assert.equal((await call('GET', first)).status, 404, 'made anew');
  const events = new ICAL.Component(ICAL.parse((await call('GET', second)).text)).getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
  assert.deepEqual(events.map((e) => [e.summary, e.startDate.toString(), e.startDate.isDate, e.description]), [['b', -90], ['c', -1], ['d', 0], ['e', 400]].map(([type, days]) => [`${type} of ${person.name} expires`, day(days), true, procedure.name]));
  assert.equal(new Set(events.map((e) => e.uid)).size, 4);
  const leap = await newCredential(person, procedure, { credential_type: 'leap', expiration_date: '2028-02-29' }, own.token);
  assert.equal(leap.expiration_date, '2028-02-29');
  await ok('PUT', `/api/v1/users/${reader.user}`, { roles: ['kiosk'] }, own.token);
  assert.equal((await call('GET', second)).status, 404, 'no longer a reader');
  await ok('PUT', `/api/v1/users/${reader.user}`, { roles: ['viewer'] }, own.token);
  assert.equal((await call('GET', second)).status, 200);
  await ok('PUT', `/api/v1/users/${reader.user}`, { status: 'disabled' }, own.token);
  assert.equal((await call('GET', second)).status, 404);
});
