// Goal: seed 003 to the letter: its examples run as written, its table of error codes row by row, and what the reads need to be written.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { BASE, call, newTenant, newUser, problemOf, unique, until, VAR } from './client.mjs';

const PEOPLE = '/api/v1/people';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
let admin, viewer;
before(async () => {
  admin = await newTenant();
  viewer = await newUser(admin.tenant, 'viewer');
});

const send = (method, path, body, token = admin.token) => call(method, path, { token, body });
const sql = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', '-e', text, 'almoner']).toString().trim();
const ok = async (method, path, body, token) => {
  const reply = await send(method, path, body, token);
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
  return reply.body;
};
const resident = (more = {}) => ({ name: 'PGY1-04', type: 'resident', pgy_level: 1, ...more });
const faculty = (more = {}) => ({ name: 'FAC-CORE-02', type: 'faculty', ...more });
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
const newFaculty = (more, token) => ok('POST', PEOPLE, faculty(more), token);
const newProcedure = (more = {}, token) => ok('POST', '/api/v1/procedures', { name: 'Basic Life Support', code: unique(), category: 'resuscitation', ...more }, token);
const newCredential = (person, procedure, more = {}, token) => ok('POST', '/api/v1/credentials', { faculty_id: person.id, procedure_id: procedure.id, credential_type: 'BLS', ...more }, token);
const newAssignment = async (person, date, more = {}) => {
  const block = await ok('POST', '/api/v1/blocks', { date, time_of_day: 'AM' });
  return ok('POST', '/api/v1/assignments', { block_id: block.id, person_id: person.id, role: 'resident', activity_name: 'Clinic', abbreviation: 'CLN', ...more });
};

test('people-create: every member of the seed, with defaults', async () => {
  const reply = await send('POST', PEOPLE, resident({ email: 'pgy1-04@example.com', phone: '+1-808-555-5678', is_active: true }));
  assert.equal(reply.status, 201);
  const { id, created_at, updated_at, ...rest } = reply.body;
  assert.match(id, UUID);
  assert.deepEqual(rest, { name: 'PGY1-04', type: 'resident', pgy_level: 1, email: 'pgy1-04@example.com', phone: '+1-808-555-5678', specialty: null, is_active: true,
    specialties: [], primary_duty: null, faculty_role: null, performs_procedures: false, min_clinic_halfdays_per_week: null, max_clinic_halfdays_per_week: null });
  assert.equal(created_at, updated_at);
  assert.equal(reply.headers.get('location'), `${PEOPLE}/${id}`);
  const got = await send('GET', `${PEOPLE}/${id}`);
  assert.deepEqual(got.body, { ...reply.body, assignments: [] });
  assert.equal(got.headers.get('x-contains-phi'), 'true');
  assert.match(got.headers.get('x-phi-fields'), /^name,email,phone$/);
  const doctor = await newFaculty({ specialties: ['Sports Medicine', 'Pediatrics'], faculty_role: 'core' });
  assert.deepEqual([doctor.pgy_level, doctor.specialty, doctor.specialties], [null, 'Sports Medicine', ['Sports Medicine', 'Pediatrics']]);
});

const refused = [
  [resident({ pgy_level: 0 }), 'INVALID_PGY_LEVEL', '/pgy_level'], [resident({ pgy_level: 4 }), 'INVALID_PGY_LEVEL', '/pgy_level'], [resident({ pgy_level: -1 }), 'INVALID_PGY_LEVEL', '/pgy_level'],
  [{ name: 'x', type: 'resident' }, 'PGY_LEVEL_REQUIRED', '/pgy_level'], [resident({ pgy_level: null }), 'PGY_LEVEL_REQUIRED', '/pgy_level'],
  [faculty({ pgy_level: 1 }), 'PGY_LEVEL_FORBIDDEN', '/pgy_level'], [resident({ pgy_level: 'one' }), 'VALIDATION_ERROR', '/pgy_level'], [resident({ pgy_level: 1.5 }), 'VALIDATION_ERROR', '/pgy_level'],
  [resident({ name: '' }), 'VALIDATION_ERROR', '/name'], [resident({ name: 'x'.repeat(101) }), 'VALIDATION_ERROR', '/name'], [resident({ name: null }), 'VALIDATION_ERROR', '/name'],
  [resident({ email: 'nonsense' }), 'VALIDATION_ERROR', '/email'], [resident({ type: 'nurse' }), 'VALIDATION_ERROR', '/type'], [resident({ specialty: 'Pediatrics' }), 'VALIDATION_ERROR', '/specialty'],
  [resident({ is_active: 'yes' }), 'VALIDATION_ERROR', '/is_active'], [faculty({ faculty_role: 'king' }), 'VALIDATION_ERROR', '/faculty_role'],
  [faculty({ min_clinic_halfdays_per_week: 4, max_clinic_halfdays_per_week: 2 }), 'VALIDATION_ERROR', '/max_clinic_halfdays_per_week'],
];
for (const [body, code, pointer] of refused)
  test(`people-codes: ${JSON.stringify(body).slice(0, 70)} is 422 ${code}`, async () => {
    const total = (await ok('GET', PEOPLE)).total;
    const reply = await send('POST', PEOPLE, body);
    assert.equal(reply.status, 422, reply.text);
    const problem = problemOf(reply);
    assert.equal(problem.code, code);
    assert.equal(typeof problem.detail, 'string');
    assert.deepEqual(problem.errors.map((e) => e.pointer), [pointer]);
    assert.equal((await ok('GET', PEOPLE)).total, total);
  });

test('people-codes: several faults at once are all named', async () => {
  const problem = problemOf(await send('POST', PEOPLE, { type: 'resident', email: 'x', phone: 5 }));
  assert.equal(problem.code, 'VALIDATION_ERROR');
  assert.deepEqual(problem.errors.map((e) => e.pointer).sort(), ['/email', '/name', '/pgy_level', '/phone']);
});

test('people-codes: EMAIL_ALREADY_EXISTS on create and update, in any case; none is no duplicate', async () => {
  const email = `taken.${unique()}@example.com`;
  const first = await ok('POST', PEOPLE, resident({ email }));
  for (const again of [email, email.toUpperCase()]) {
    const reply = await send('POST', PEOPLE, faculty({ email: again }));
    assert.deepEqual([reply.status, problemOf(reply).code, reply.body.errors[0].pointer], [422, 'EMAIL_ALREADY_EXISTS', '/email']);
  }
  const other = await ok('POST', PEOPLE, resident());
  await ok('POST', PEOPLE, resident());
  assert.equal(problemOf(await send('PUT', `${PEOPLE}/${other.id}`, { email })).code, 'EMAIL_ALREADY_EXISTS');
  assert.equal((await ok('PUT', `${PEOPLE}/${first.id}`, { email })).email, email);
});

test('people-codes: PERSON_NOT_FOUND with the id in the sentence, VALIDATION_ERROR for what is no UUID', async () => {
  const id = '550e8400-e29b-41d4-a716-446655449999';
  for (const [method, path] of [['GET', ''], ['PUT', ''], ['DELETE', ''], ['GET', '/credentials'], ['GET', '/credentials/summary'], ['GET', '/procedures']]) {
    const reply = await send(method, `${PEOPLE}/${id}${path}`, method === 'PUT' ? {} : undefined);
    assert.deepEqual([reply.status, problemOf(reply).code, reply.body.detail], [404, 'PERSON_NOT_FOUND', `Person with ID ${id} not found`], path);
    const malformed = await send(method, `${PEOPLE}/nonsense${path}`, method === 'PUT' ? {} : undefined);
    assert.deepEqual([malformed.status, problemOf(malformed).code], [422, 'VALIDATION_ERROR'], path);
  }
});

test('people-codes: DELETE_CONFLICT while there are assignments today or later; past ones go along', async () => {
  const person = await ok('POST', PEOPLE, resident());
  const path = `${PEOPLE}/${person.id}`;
  const past = await newAssignment(person, day(-1)), today = await newAssignment(person, day(0)), later = await newAssignment(person, day(30));
  for (const one of [later, today]) {
    const reply = await send('DELETE', path);
    assert.deepEqual([reply.status, problemOf(reply).code, reply.body.detail],
      [409, 'DELETE_CONFLICT', 'Cannot delete person with active assignments. Delete assignments first or set is_active=false.']);
    assert.equal((await send('DELETE', `/api/v1/assignments/${one.id}`)).status, 204);
  }
  assert.deepEqual((await ok('GET', path)).assignments, [{ id: past.id, block_id: past.block_id, role: 'resident', activity_name: 'Clinic', abbreviation: 'CLN', date: day(-1), time_of_day: 'AM' }]);
  const gone = await send('DELETE', path);
  assert.deepEqual([gone.status, gone.text], [204, '']);
  assert.equal((await send('DELETE', path)).status, 404);
  assert.equal((await send('GET', `/api/v1/assignments/${past.id}`)).status, 404);
  assert.deepEqual((await ok('GET', `${path}/history`)).items.map((c) => c.op), ['delete', 'create']);
});

test('people-list: filters, the two lists, totals and headers', async () => {
  const own = await newTenant();
  const add = (body) => ok('POST', PEOPLE, body, own.token);
  for (let i = 0; i < 6; i++) await add(resident({ name: `R${i}`, pgy_level: 1 + (i % 3) }));
  await add(faculty({ name: 'F0', specialty: 'Family Medicine' }));
  await add(faculty({ name: 'F1', specialty: 'Sports Medicine' }));
  await add(faculty({ name: 'F2', specialties: ['Pediatrics', 'Sports Medicine'], is_active: false }));
  const names = async (path) => {
    const { items, total } = await ok('GET', PEOPLE + path, undefined, own.token);
    assert.equal(items.length, total);
    return items.map((p) => p.name).join();
  };
  assert.equal(await names(''), 'R0,R1,R2,R3,R4,R5,F0,F1,F2');
  assert.equal(await names('?type=resident'), 'R0,R1,R2,R3,R4,R5');
  assert.equal(await names('?type=faculty'), 'F0,F1,F2');
  assert.equal(await names('?type=resident&pgy_level=2'), 'R1,R4');
  assert.equal(await names('/residents'), 'R0,R1,R2,R3,R4,R5');
  assert.equal(await names('/residents?pgy_level=3'), 'R2,R5');
  assert.equal(await names('/faculty'), 'F0,F1,F2');
  assert.equal(await names('/faculty?specialty=Sports+Medicine'), 'F1,F2');
  assert.equal(await names('/faculty?specialty=Sports+Medicine&is_active=true'), 'F1');
  assert.equal(await names('/faculty?pgy_level=1'), '');
  assert.equal(await names('?q=f1'), 'F1');
  for (const level of ['0', '4', 'x']) {
    const reply = await send('GET', `${PEOPLE}/residents?pgy_level=${level}`, undefined, own.token);
    assert.deepEqual([reply.status, problemOf(reply).code], [422, level === 'x' ? 'VALIDATION_ERROR' : 'INVALID_PGY_LEVEL']);
  }
  assert.equal((await send('GET', `${PEOPLE}?type=nurse`, undefined, own.token)).status, 422);
  const page = await send('GET', `${PEOPLE}?limit=4&skip=4`, undefined, own.token);
  assert.deepEqual([page.body.items.length, page.body.total, page.headers.get('x-total-count'), page.headers.get('x-contains-phi')], [4, 9, '9', 'true']);
  assert.match(page.headers.get('link'), /rel="next"/);
  assert.match(page.headers.get('x-phi-fields'), /name/);
});

test('people-update: only what is sent; type stays; rules hold for the whole', async () => {
  const person = await ok('POST', PEOPLE, resident({ phone: '1', email: `u.${unique()}@example.com` }));
  const path = `${PEOPLE}/${person.id}`;
  const changed = await ok('PUT', path, { pgy_level: 2, type: 'faculty' });
  assert.deepEqual([changed.pgy_level, changed.type, changed.phone, changed.email], [2, 'resident', '1', person.email]);
  assert.equal((await ok('PUT', path, { phone: null })).phone, null);
  assert.equal(problemOf(await send('PUT', path, { pgy_level: 9 })).code, 'INVALID_PGY_LEVEL');
  assert.equal(problemOf(await send('PUT', path, { pgy_level: null })).code, 'PGY_LEVEL_REQUIRED');
  assert.equal((await send('PUT', path, { specialty: 'Pediatrics' })).status, 422);
  const teacher = await newFaculty();
  assert.equal(problemOf(await send('PUT', `${PEOPLE}/${teacher.id}`, { pgy_level: 1 })).code, 'PGY_LEVEL_FORBIDDEN');
  assert.equal((await send('PUT', path, { name: 'x' }, viewer.token)).status, 403);
  assert.equal((await call('PUT', path, { token: admin.token, body: { name: 'x' }, headers: { 'If-Match': '"1"' } })).status, 412);
});

test('credentials: nested procedure, filters, what has passed its last day reads as expired', async () => {
  const person = await newFaculty(), bls = await newProcedure(), acls = await newProcedure({ name: 'Advanced Cardiac Life Support', category: 'certifications' });
  const made = await newCredential(person, bls, { certified_date: '2024-01-01', expiration_date: day(0), certification_number: 'BLS-123456', issuing_organization: 'American Heart Association', notes: 'Recertified 2024' });
  assert.deepEqual({ ...made, id: '', created_at: '', updated_at: '' }, { id: '', faculty_id: person.id, procedure_id: bls.id, credential_type: 'BLS', status: 'active', certified_date: '2024-01-01', expiration_date: day(0),
    certification_number: 'BLS-123456', issuing_organization: 'American Heart Association', notes: 'Recertified 2024', competency_level: 'qualified', last_verified_date: null, max_concurrent_residents: null, max_per_week: null,
    is_valid: true, days_until_expiration: 0, faculty_name: person.name, procedure: { id: bls.id, name: bls.name, code: bls.code, category: 'resuscitation' }, created_at: '', updated_at: '' });
  const yesterday = await newCredential(person, acls, { credential_type: 'ACLS', expiration_date: day(-1) });
  assert.deepEqual([yesterday.status, yesterday.is_valid, yesterday.days_until_expiration], ['expired', false, -1]);
  const pending = await newCredential(person, acls, { credential_type: 'PALS', status: 'pending', expiration_date: day(-1) });
  assert.equal(pending.status, 'pending');
  const forever = await newCredential(person, acls, { credential_type: 'MD' });
  assert.deepEqual([forever.is_valid, forever.days_until_expiration], [true, null]);
  const list = async (query) => (await ok('GET', `${PEOPLE}/${person.id}/credentials${query}`)).items.map((c) => c.credential_type).sort().join();
  assert.equal(await list(''), 'BLS,MD,PALS');
  assert.equal(await list('?status=active'), 'BLS,MD');
  assert.equal(await list('?status=expired'), 'ACLS');
  assert.equal(await list('?include_expired=true'), 'ACLS,BLS,MD,PALS');
  assert.equal(await list('?include_expired=true&status=pending'), 'PALS');
  assert.equal((await send('GET', `${PEOPLE}/${person.id}/credentials?status=nonsense`)).status, 422);
  const learner = await ok('POST', PEOPLE, resident());
  assert.deepEqual(await ok('GET', `${PEOPLE}/${learner.id}/credentials`), { items: [], total: 0 });
  assert.deepEqual((await ok('GET', `/api/v1/credentials?status=expired&faculty_id=${person.id}`)).items.map((c) => c.id), [yesterday.id]);
  for (const [body, pointer] of [[{ faculty_id: learner.id }, '/faculty_id'], [{ procedure_id: person.id }, '/procedure_id'], [{ certified_date: day(0), expiration_date: day(-1) }, '/expiration_date'], [{ expiration_date: '2023-02-29' }, '/expiration_date'], [{ status: 'lost' }, '/status']]) {
    const reply = await send('POST', '/api/v1/credentials', { faculty_id: person.id, procedure_id: bls.id, credential_type: 'X', ...body });
    assert.deepEqual([reply.status, problemOf(reply).errors.map((e) => e.pointer)], [422, [pointer]], JSON.stringify(body));
  }
});

test('credentials: the summary counts and looks ahead', async () => {
  const person = await newFaculty({ name: 'FAC-PD' });
  const [a, b, c] = [await newProcedure(), await newProcedure({ name: 'Advanced Cardiac Life Support', category: 'procedures' }), await newProcedure({ category: 'certifications' })];
  for (const [procedure, type, last] of [[a, 'BLS', day(-1)], [a, 'X1', day(-400)], [a, 'X2', null], [b, 'ACLS', day(45)], [b, 'X3', day(91)], [c, 'X4', day(90)], [c, 'X5', day(0)], [c, 'X6', null]])
    await newCredential(person, procedure, { credential_type: type, expiration_date: last });
  await ok('POST', `/api/v1/credentials/${(await newCredential(person, c, { credential_type: 'X7', expiration_date: day(5) })).id}/suspend`);
  const summary = await ok('GET', `${PEOPLE}/${person.id}/credentials/summary`);
  const { upcoming_expirations, ...counts } = summary;
  assert.deepEqual(counts, { faculty_id: person.id, faculty_name: 'FAC-PD', total_credentials: 9, active_credentials: 6, expired_credentials: 2, expiring_soon: 3, credentials_by_category: { certifications: 4, procedures: 2, resuscitation: 3 } });
  assert.deepEqual(upcoming_expirations, [
    { credential_type: 'X5', procedure_name: 'Basic Life Support', expiration_date: day(0), days_until_expiration: 0 },
    { credential_type: 'ACLS', procedure_name: 'Advanced Cardiac Life Support', expiration_date: day(45), days_until_expiration: 45 },
    { credential_type: 'X4', procedure_name: 'Basic Life Support', expiration_date: day(90), days_until_expiration: 90 }]);
  assert.equal((await ok('GET', `${PEOPLE}/${person.id}/credentials/summary?within_days=0`)).expiring_soon, 1);
  assert.equal((await ok('GET', `${PEOPLE}/${person.id}/credentials/summary?within_days=91`)).expiring_soon, 4);
  assert.equal((await send('GET', `${PEOPLE}/${person.id}/credentials/summary?within_days=-1`)).status, 422);
  const expiring = async (days) => (await ok('GET', `/api/v1/credentials/expiring?days=${days}`)).items.filter((x) => x.faculty_id === person.id).map((x) => x.credential_type).join();
  assert.deepEqual([await expiring(0), await expiring(45), await expiring(91)], ['X5', 'X5,ACLS', 'X5,ACLS,X4,X3']);
});

test('credentials: procedures that somebody may supervise, by the credential that holds longest', async () => {
  const person = await newFaculty();
  const [bls, line, idle, gone] = [await newProcedure({ name: 'A', required_credentials: ['BLS'], supervision_required: false, description: 'CPR' }), await newProcedure({ name: 'B', required_credentials: ['BLS', 'ACLS'] }),
    await newProcedure({ name: 'C', is_active: false }), await newProcedure({ name: 'D' })];
  await newCredential(person, bls, { expiration_date: day(10) });
  const best = await newCredential(person, bls, { expiration_date: day(20) });
  await newCredential(person, line, { credential_type: 'LINE' });
  await newCredential(person, idle, { credential_type: 'IDLE' });
  await newCredential(person, gone, { credential_type: 'GONE', expiration_date: day(-1) });
  const list = async () => ok('GET', `${PEOPLE}/${person.id}/procedures`);
  assert.deepEqual(await list(), { items: [{ id: bls.id, name: 'A', code: bls.code, category: 'resuscitation', description: 'CPR', required_credentials: ['BLS'], supervision_required: false,
    faculty_credential: { id: best.id, status: 'active', expiration_date: day(20) } }], total: 1 });
  await newCredential(person, bls, { credential_type: 'ACLS' });
  assert.deepEqual((await list()).items.map((p) => p.name), ['A', 'B']);
});

test('check: yes or no, why, until when; days at their edges, the 29th of February too', async () => {
  const person = await newFaculty(), procedure = await newProcedure({ required_credentials: ['BLS'] });
  const check = (query = '', who = person, what = procedure) => ok('GET', `/api/v1/credentials/check/${who.id}/${what.id}${query}`);
  const why = async (...args) => { const { allowed, reason } = await check(...args); assert.equal(allowed, reason === null); return reason; };
  assert.equal(await why(), 'NO_CREDENTIAL');
  const leap = await newCredential(person, procedure, { credential_type: 'LINE', certified_date: '2024-02-29', expiration_date: '2028-02-29' });
  assert.equal(await why(), 'REQUIRED_CREDENTIAL_MISSING');
  await newCredential(person, await newProcedure(), { credential_type: 'BLS', expiration_date: '2028-03-01' });
  assert.deepEqual(await check('?on=2028-02-29'), { person_id: person.id, procedure_id: procedure.id, allowed: true, reason: null, detail: 'May supervise', on: '2028-02-29', until: '2028-02-29', credential_id: leap.id });
  assert.deepEqual([await why('?on=2028-02-28'), await why('?on=2028-03-01'), await why('?on=2024-02-29'), await why('?on=2024-02-28')], [null, 'NO_CREDENTIAL', null, 'NO_CREDENTIAL']);
  await ok('PUT', `/api/v1/credentials/${leap.id}`, { expiration_date: null });
  assert.deepEqual([(await check()).until, await why('?on=2028-03-01'), await why('?on=2028-03-02')], ['2028-03-01', null, 'REQUIRED_CREDENTIAL_MISSING']);
  await ok('PUT', `/api/v1/credentials/${leap.id}`, { competency_level: 'trainee' });
  assert.equal(await why(), 'TRAINEE');
  await ok('PUT', `/api/v1/credentials/${leap.id}`, { competency_level: 'master' });
  assert.equal(await why(), null);
  assert.equal((await ok('POST', `/api/v1/credentials/${leap.id}/suspend`)).status, 'suspended');
  assert.equal(await why(), 'NO_CREDENTIAL');
  assert.equal((await ok('POST', `/api/v1/credentials/${leap.id}/activate`)).is_valid, true);
  assert.equal(await why(), null);
  assert.equal((await ok('POST', `/api/v1/credentials/${leap.id}/verify`)).last_verified_date, day(0));
  await ok('PUT', `${PEOPLE}/${person.id}`, { is_active: false });
  assert.equal(await why(), 'PERSON_INACTIVE');
  await ok('PUT', `${PEOPLE}/${person.id}`, { is_active: true });
  await ok('PUT', `/api/v1/procedures/${procedure.id}`, { is_active: false });
  assert.equal(await why(), 'PROCEDURE_INACTIVE');
  assert.equal(await why('', await ok('POST', PEOPLE, resident())), 'NOT_FACULTY');
  const open = await newProcedure({ requires_certification: false });
  assert.deepEqual(await check('', person, open), { person_id: person.id, procedure_id: open.id, allowed: true, reason: null, detail: 'May supervise', on: day(0), until: null, credential_id: null });
  for (const [path, status, code] of [[`x/${open.id}`, 422, 'VALIDATION_ERROR'], [`${open.id}/${open.id}`, 404, 'PERSON_NOT_FOUND'], [`${person.id}/${person.id}`, 404, 'PROCEDURE_NOT_FOUND'], [`${person.id}/${open.id}?on=2023-02-29`, 422, 'VALIDATION_ERROR']]) {
    const reply = await send('GET', `/api/v1/credentials/check/${path}`);
    assert.deepEqual([reply.status, problemOf(reply).code], [status, code], path);
  }
  const stranger = await newTenant();
  assert.equal((await send('GET', `/api/v1/credentials/check/${person.id}/${open.id}`, undefined, stranger.token)).status, 404);
});

test('check: the day is that of UTC, wherever the server stands', async () => {
  const zone = sql("SELECT @@global.time_zone");
  const person = await newFaculty(), procedure = await newProcedure();
  await newCredential(person, procedure, { expiration_date: day(0) });
  const late = await newCredential(person, procedure, { credential_type: 'OLD', expiration_date: day(-1) });
  for (const offset of ['-12:00', '+13:00']) {
    sql(`SET GLOBAL time_zone = '${offset}'`);
    execFileSync(process.env.CTL, ['restart', 'persons'], { stdio: 'ignore' }); // new connections have the new zone
    assert.deepEqual([(await ok('GET', `/api/v1/credentials/check/${person.id}/${procedure.id}`)).allowed, (await ok('GET', `/api/v1/credentials/${late.id}`)).status], [true, 'expired'], offset);
  }
  sql(`SET GLOBAL time_zone = '${zone}'`);
  execFileSync(process.env.CTL, ['restart', 'persons'], { stdio: 'ignore' });
});

test('verbs: what may follow what', async () => {
  const person = await newFaculty(), procedure = await newProcedure();
  const expired = await newCredential(person, procedure, { expiration_date: day(-1) });
  const revoked = await newCredential(person, procedure, { credential_type: 'R' });
  await ok('PUT', `/api/v1/credentials/${revoked.id}`, { status: 'revoked' });
  for (const [id, verb] of [[expired.id, 'activate'], [revoked.id, 'activate'], [revoked.id, 'suspend']]) {
    const reply = await send('POST', `/api/v1/credentials/${id}/${verb}`);
    assert.deepEqual([reply.status, problemOf(reply).code], [409, 'INVALID_TRANSITION']);
  }
  assert.equal((await ok('PUT', `/api/v1/credentials/${expired.id}`, { expiration_date: day(1) })).status, 'active');
  assert.equal((await send('POST', `/api/v1/credentials/${expired.id}/suspend`, undefined, viewer.token)).status, 403);
  assert.equal(problemOf(await send('DELETE', `/api/v1/procedures/${procedure.id}`)).code, 'DELETE_CONFLICT');
  const { code } = procedure;
  assert.equal(problemOf(await send('POST', '/api/v1/procedures', { name: 'Again', code })).code, 'PROCEDURE_ALREADY_EXISTS');
});

test('schedule: half days once, a person once in each, weekends told', async () => {
  const person = await ok('POST', PEOPLE, resident());
  const block = await ok('POST', '/api/v1/blocks', { date: '2031-03-01', time_of_day: 'PM', block_number: 9 });
  assert.deepEqual([block.is_weekend, block.is_holiday], [true, false]);
  assert.equal(problemOf(await send('POST', '/api/v1/blocks', { date: '2031-03-01', time_of_day: 'PM' })).code, 'BLOCK_ALREADY_EXISTS');
  const body = { block_id: block.id, person_id: person.id, role: 'resident', activity_name: 'Clinic' };
  await ok('POST', '/api/v1/assignments', body);
  assert.equal(problemOf(await send('POST', '/api/v1/assignments', body)).code, 'ASSIGNMENT_ALREADY_EXISTS');
  assert.deepEqual(problemOf(await send('POST', '/api/v1/assignments', { ...body, block_id: person.id, person_id: block.id })).errors.map((e) => e.pointer), ['/block_id', '/person_id']);
  assert.equal(problemOf(await send('DELETE', `/api/v1/blocks/${block.id}`)).code, 'DELETE_CONFLICT');
  assert.deepEqual((await ok('GET', '/api/v1/blocks?date_from=2031-03-01&date_to=2031-03-01')).items.map((b) => b.id), [block.id]);
});

test('batch: all or nothing, a result each, dry runs keep nothing', async () => {
  const own = await newTenant();
  const batch = (method, path, body) => send(method, `${PEOPLE}/batch${path}`, body, own.token);
  const total = async () => (await ok('GET', PEOPLE, undefined, own.token)).total;
  const people = [resident({ email: 'b1@example.com' }), faculty({ email: 'b2@example.com' }), resident({ pgy_level: 3 })];
  const dry = await batch('POST', '', { people, dry_run: true });
  assert.deepEqual([dry.status, dry.body.operation_type, dry.body.total, dry.body.succeeded, dry.body.failed, dry.body.dry_run, dry.body.results.length], [200, 'create', 3, 3, 0, true, 3]);
  assert.equal(await total(), 0);
  const made = await batch('POST', '', { people });
  assert.equal(made.status, 200);
  assert.deepEqual(made.body.results.map((r) => [r.index, r.success, r.error]), [[0, true, null], [1, true, null], [2, true, null]]);
  assert.equal(await total(), 3);
  const ids = made.body.results.map((r) => r.person_id);
  const bad = await batch('POST', '', { people: [resident(), { type: 'resident' }, faculty({ pgy_level: 1 }), resident({ pgy_level: 7 })] });
  assert.deepEqual([bad.status, problemOf(bad).errors.map((e) => e.pointer)], [422, ['/people/1/name', '/people/1/pgy_level', '/people/2/pgy_level', '/people/3/pgy_level']]);
  const twice = await batch('POST', '', { people: [resident({ email: 'same@example.com' }), resident({ email: 'same@example.com' })] });
  assert.deepEqual([twice.status, problemOf(twice).code, twice.body.errors[0].pointer], [422, 'EMAIL_ALREADY_EXISTS', '/people/1/email']);
  assert.equal(await total(), 3);
  const update = await batch('PUT', '', { people: [{ id: ids[0], pgy_level: 2 }, { id: ids[1], specialty: 'Pediatrics' }] });
  assert.deepEqual([update.status, update.body.operation_type, update.body.results.map((r) => r.person_id)], [200, 'update', ids.slice(0, 2)]);
  const half = await batch('PUT', '', { people: [{ id: ids[0], pgy_level: 3 }, { id: ids[1], pgy_level: 1 }] });
  assert.deepEqual([half.status, problemOf(half).code, half.body.errors[0].pointer], [422, 'PGY_LEVEL_FORBIDDEN', '/people/1/pgy_level']);
  assert.equal((await ok('GET', `${PEOPLE}/${ids[0]}`, undefined, own.token)).pgy_level, 2);
  assert.equal((await batch('PUT', '', { people: [{ id: '550e8400-e29b-41d4-a716-446655449999', name: 'x' }] })).status, 404);
  assert.deepEqual(problemOf(await batch('PUT', '', { people: [{ name: 'x' }] })).errors.map((e) => e.pointer), ['/people/0/id']);
  for (const body of [{ people: [] }, { people: Array(101).fill(resident()) }, { people: 'x' }, { people: [1] }, {}]) assert.equal((await batch('POST', '', body)).status, 422);
  assert.equal((await batch('POST', '/delete', { person_ids: ids, dry_run: true })).body.succeeded, 3);
  assert.equal((await batch('POST', '/delete', { person_ids: [ids[0], '550e8400-e29b-41d4-a716-446655449999'] })).status, 404);
  assert.equal(await total(), 3);
  assert.equal((await batch('POST', '/delete', { person_ids: ids })).status, 200);
  assert.equal(await total(), 0);
  assert.equal((await batch('POST', '', { people: Array.from({ length: 100 }, (_, i) => resident({ name: `P${i}` })) })).body.succeeded, 100);
  assert.equal(await total(), 100);
});

test('rollover: a year on, the last year leaves, once a year', async () => {
  const own = await newTenant();
  for (const pgy_level of [1, 1, 1, 2, 2, 3]) await ok('POST', PEOPLE, resident({ pgy_level }), own.token);
  await ok('POST', PEOPLE, resident({ pgy_level: 1, is_active: false, name: 'left' }), own.token);
  await ok('POST', PEOPLE, faculty(), own.token);
  const roll = (body) => send('POST', `${PEOPLE}/academic-year/rollover`, body, own.token);
  const levels = async () => (await ok('GET', `${PEOPLE}/residents?is_active=true`, undefined, own.token)).items.map((p) => p.pgy_level).sort().join();
  const expected = { academic_year: 2026, promoted: { pgy1_to_pgy2: 3, pgy2_to_pgy3: 2 }, graduated: 1, total: 6 };
  assert.deepEqual((await roll({ academic_year: 2026, dry_run: true })).body, { ...expected, dry_run: true });
  assert.equal(await levels(), '1,1,1,2,2,3');
  assert.deepEqual((await roll({ academic_year: 2026 })).body, { ...expected, dry_run: false });
  assert.equal(await levels(), '2,2,2,3,3');
  assert.equal(problemOf(await roll({ academic_year: 2026 })).code, 'ROLLOVER_DONE');
  assert.equal(await levels(), '2,2,2,3,3');
  assert.equal((await roll({})).status, 422);
});

test('reminders: once each, the nearest only, renewals anew', async () => {
  const own = await newTenant();
  const person = await newFaculty({}, own.token), procedure = await newProcedure({}, own.token);
  const tenant = `UNHEX('${own.tenant.replaceAll('-', '')}')`;
  const sent = () => sql(`SELECT GROUP_CONCAT(CONCAT(JSON_VALUE(body, '$.credential_type'), ':', JSON_VALUE(body, '$.reminder'), ':', JSON_VALUE(body, '$.days_until_expiration')) ORDER BY 1) FROM outbox WHERE type = 'credential_expiring' AND tenant_id = ${tenant}`);
  const made = {};
  for (const [type, days] of [['A', 7], ['B', 8], ['C', 30], ['D', 90], ['E', 91], ['F', 0], ['G', -1], ['H', 31]])
    made[type] = await newCredential(person, procedure, { credential_type: type, expiration_date: day(days) }, own.token);
  await newCredential(person, procedure, { credential_type: 'S', status: 'suspended', expiration_date: day(3) }, own.token);
  const first = 'A:7:7,B:14:8,C:30:30,D:90:90,F:7:0,H:90:31';
  await until(() => sent() === first, 75000);
  // The day on which B comes within 7 days is missed by nobody: what is due is read from the rows.
  sql(`UPDATE credentials SET expiration_date = expiration_date - INTERVAL 24 DAY WHERE credential_type = 'H' AND tenant_id = ${tenant}; UPDATE credential_reminders SET expiration_date = expiration_date - INTERVAL 24 DAY WHERE credential_id = UNHEX('${made.H.id.replaceAll('-', '')}')`);
  await ok('PUT', `/api/v1/credentials/${made.A.id}`, { expiration_date: day(14) }, own.token);
  await until(() => sent() === 'A:14:14,A:7:7,B:14:8,C:30:30,D:90:90,F:7:0,H:7:7,H:90:31', 75000);
});

test('feed: expirations as a calendar that ends with its address', async () => {
  const own = await newTenant();
  const person = await newFaculty({ name: 'FAC-ICS' }, own.token), procedure = await newProcedure({}, own.token);
  await newCredential(person, procedure, { credential_type: 'ICS', expiration_date: '2027-02-28' }, own.token);
  const { url } = await ok('POST', '/api/v1/credentials/feed', undefined, own.token);
  const path = new URL(url).pathname;
  const feed = await call('GET', path);
  assert.equal(feed.status, 200);
  assert.match(feed.type, /^text\/calendar/);
  assert.match(feed.text, /SUMMARY:ICS of FAC-ICS expires\r\n/);
  assert.match(feed.text, /DTSTART;VALUE=DATE:20270228\r\n/);
  assert.match(feed.text, /TRANSP:TRANSPARENT\r\n/);
  assert.equal((await call('GET', path.replace('credentials', 'interactions'))).status, 404, 'an address is of one kind');
  assert.equal((await send('DELETE', '/api/v1/credentials/feed', undefined, own.token)).status, 204);
  assert.equal((await call('GET', path)).status, 404);
  assert.equal((await send('DELETE', '/api/v1/credentials/feed', undefined, own.token)).status, 404);
});

test('seed-003: each curl and Python example as written; only host and token are ours', async () => {
  const own = await newTenant();
  const id = '550e8400-e29b-41d4-a716-446655440000';
  const teacher = await newFaculty({ name: 'FAC-PD', email: 'pd@example.com', specialty: 'Sports Medicine' }, own.token);
  await ok('POST', PEOPLE, resident({ name: 'PGY1-01' }), own.token);
  await ok('POST', PEOPLE, resident({ name: 'PGY2-01', pgy_level: 2 }), own.token);
  sql(`UPDATE people SET id = UNHEX('${id.replaceAll('-', '')}') WHERE id = UNHEX('${teacher.id.replaceAll('-', '')}')`);
  await newCredential({ id }, await newProcedure({ required_credentials: ['BLS'] }, own.token), { expiration_date: day(45) }, own.token);
  const blocks = readFileSync(new URL('seed-003-examples.txt', import.meta.url), 'utf8').split(/^### (?=bash|python)/m).slice(1);
  assert.equal(blocks.length, 19);
  const env = { ...process.env };
  const curl = (code) => {
    const out = execFileSync('bash', ['-c', `${code.trim()}  -sS -w '\\n%{http_code}'`], { env, encoding: 'utf8' });
    const cut = out.lastIndexOf('\n');
    return { status: Number(out.slice(cut + 1)), body: out.slice(0, cut) ? JSON.parse(out.slice(0, cut)) : undefined };
  };
  // The last example says false where Python says False, and names a person_id that it expects to be there.
  const python = (code) => execFileSync('python3', ['-c', `import requests\ntoken = ${JSON.stringify(own.token)}\nfalse = False\nperson_id = '${id}'\n${code}`], { env, encoding: 'utf8' });
  const ours = blocks.map((block) => {
    const [lang] = block.split('\n', 1);
    return [lang, block.slice(lang.length + 1).replaceAll('http://localhost:8000', BASE).replaceAll('YOUR_TOKEN', own.token)];
  });
  const seen = { bash: [], python: [] };
  const deferred = [];
  for (const [lang, code] of ours) {
    if (code.includes('-X DELETE') || code.includes('-X PUT')) deferred.push(code);
    else if (lang === 'bash') seen.bash.push(curl(code));
    else seen.python.push(python(code));
  }
  const totals = seen.bash.map((r) => [r.status, r.body.total ?? r.body.name]);
  assert.deepEqual(totals, [[200, 3], [200, 2], [200, 1], [200, 1], [200, 1], [200, 1], [200, 'FAC-PD'], [201, 'PGY1-04'], [200, 1], [200, undefined], [200, 1]]);
  assert.equal(seen.bash[9].body.upcoming_expirations[0].days_until_expiration, 45);
  assert.match(seen.python[0], /^Total PGY-2 residents: 1\n  - PGY2-01\n$/);
  assert.match(seen.python[1], /^Created person: [0-9a-f-]{36}\n$/);
  assert.match(seen.python[2], /^Created resident: PGY1-05 \(ID: [0-9a-f-]{36}\)\n$/);
  assert.match(seen.python[3], /^Promoted PGY1-01 to PGY-2\nPromoted PGY1-04 to PGY-2\nPromoted PGY1-05 to PGY-2\n$/);
  assert.match(seen.python[4], new RegExp(`FAC-PD has 1 expiring credentials\\n    - BLS: expires ${day(45)}\\n`));
  assert.equal(seen.python[5], 'Person deactivated (soft delete)\n');
  // The update's example promotes a resident of that id.
  sql(`UPDATE people SET type = 'resident', pgy_level = 1, specialty = NULL WHERE id = UNHEX('${id.replaceAll('-', '')}')`);
  const [put, del] = deferred.map(curl);
  assert.deepEqual([put.status, put.body.pgy_level, put.body.email, del.status, del.body], [200, 2, 'pgy2-01@example.com', 204, undefined]);
});
