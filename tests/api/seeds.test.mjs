// Goal: each request written in the seeds 000 and 001 (with what contract.md section 2.2 quotes of api.md) is sent as written, and its
// answer has what is written, member for member; only ids, tokens and times are ours.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newUser, unique } from './client.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
let admin;
before(async () => { admin = await newTenant(); });
const send = (method, path, body) => call(method, path, { token: admin.token, headers: JSON_TYPE, ...(body && { text: JSON.stringify(body) }) });
// Every member of the written answer is there, equal unless it is ours to choose.
function like(answer, written, ours = {}) {
  for (const [name, value] of Object.entries(written)) {
    assert.ok(name in answer, `${name} is missing`);
    if (name in ours) assert.match(String(answer[name]), ours[name], name);
    else assert.deepEqual(answer[name], value, name);
  }
}

const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', phone: '+9876543210', status: 'active', risk_level: 'moderate', risk_score: 50, risk_notes: 'Initial assessment', notes: 'New person entry', tags: 'monitored,active' };
const PERSON = { id: /^person_[0-9a-z]{26}$/, created_at: TIME, updated_at: TIME };
const written = { ...jane, id: 'person_456', name: 'Jane Smith', interaction_count: 0, created_at: '', updated_at: '' };

test('seed-000: persons', async () => {
  const created = await send('POST', '/api/persons', jane);
  assert.equal(created.status, 201);
  like(created.body, written, PERSON);
  assert.equal(Object.keys(created.body).length, Object.keys(written).length);
  const listed = await send('GET', '/api/persons');
  assert.equal(listed.status, 200);
  like(listed.body, { persons: [created.body], total: 1, page: 1, per_page: 50 });
  const path = `/api/persons/${created.body.id}`;
  assert.deepEqual([(await send('GET', path)).status, (await send('GET', path)).body], [200, created.body]);
  const change = { first_name: 'Jane', last_name: 'Smith', email: 'jane.smith@example.com', status: 'active', risk_level: 'high', risk_score: 80, risk_notes: 'Updated assessment', notes: 'Updated information', tags: 'flagged,high-risk' };
  const updated = await send('PUT', path, change);
  assert.equal(updated.status, 200);
  like(updated.body, { ...written, ...change }, PERSON);
  assert.equal((await send('PUT', path, { ...change, email: 'nonsense' })).status, 400);
  const removed = await send('DELETE', path);
  assert.deepEqual([removed.status, removed.body], [200, { success: true, message: 'Person deleted successfully', person_id: created.body.id }]);
  for (const [method, body] of [['GET'], ['PUT', change], ['DELETE']]) assert.equal((await send(method, path, body)).status, 404);
});

test('seed-000: interactions, reports and cases', async () => {
  const [one, two] = [(await send('POST', '/api/persons', { ...jane, email: 'a@example.com' })).body, (await send('POST', '/api/persons', { ...jane, email: 'b@example.com' })).body];
  const asked = { person_id: one.id, related_person_id: two.id, type: 'message', description: 'Interaction details', date: '2024-01-18T10:30:00Z', risk_level: 'low' };
  const created = await send('POST', '/api/interactions', asked);
  assert.equal(created.status, 201);
  like(created.body, { id: 'interaction_790', ...asked, created_at: '' }, { id: /^interaction_[0-9a-z]{26}$/, created_at: TIME });
  const listed = await send('GET', `/api/interactions?person_id=${one.id}&type=message&from_date=2024-01-18&to_date=2024-01-18`);
  assert.equal(listed.status, 200);
  like(listed.body, { interactions: [created.body], total: 1, page: 1 });
  for (const other of [`person_id=${two.id}`, 'type=call', 'from_date=2024-01-19', 'to_date=2024-01-17']) assert.equal((await send('GET', `/api/interactions?${other}`)).body.total, 0, other);
  const report = await send('POST', `/api/reports/intervention/${one.id}`);
  assert.equal(report.status, 200);
  like(report.body, { success: true, report_id: '', file_url: '', generated_at: '' }, { report_id: /^report_/, file_url: new RegExp(`^/files/reports/intervention_${one.id}_.*\\.pdf$`), generated_at: TIME });
  assert.equal((await send('POST', '/api/reports/intervention/person_123')).status, 404);
  const escalated = await send('POST', `/api/cases/escalate/${one.id}`, { reason: 'Escalation reason', priority: 'urgent', assignee: 'manager_id' });
  assert.equal(escalated.status, 200);
  like(escalated.body, { success: true, case_id: '', status: 'escalated', escalated_at: '' }, { case_id: /^case_/, escalated_at: TIME });
  assert.equal((await send('POST', '/api/cases/escalate/person_123')).status, 404);
  assert.deepEqual((await send('GET', '/api/persons/person_123')).body.error, 'Person not found');
});

test('seed-001: log in, profile, sites, refresh, log out', async () => {
  const username = `user_${unique()}`;
  const password = 'Correct-Horse-9';
  const site = (await send('POST', '/api/v1/sites', { name: 'Main', description: 'The first' })).body.site;
  const user = await send('POST', '/api/v1/users', { username, email: `${username}@example.com`, password, confirm_password: password, site_ids: [site.id], site_roles: { [site.id]: 'editor' } });
  assert.equal(user.status, 201);
  const post = (path, body, token) => call('POST', path, { token, body });
  const login = await post('/api/v1/auth/login', { username, password });
  assert.equal(login.status, 200, login.text);
  like(login.body, { user: { id: user.body.user.id, username, email: `${username}@example.com`, sites: [site.id] } }, { user: /./ });
  like(login.body.user, { id: user.body.user.id, username, email: `${username}@example.com`, sites: [site.id] });
  assert.ok(login.body.token && login.body.expires);
  const wrong = await post('/api/v1/auth/login', { username, password: 'nonsense' });
  assert.deepEqual([wrong.status, wrong.body.error.code], [401, 'INVALID_CREDENTIALS']);
  const { token } = login.body;
  const get = (path) => call('GET', path, { token });
  like((await get('/api/v1/auth/sites')).body.sites[0], { id: site.id, name: 'Main', description: 'The first' });
  assert.equal((await get('/api/v1/auth/profile')).body.user.username, username);
  like((await post('/api/v1/auth/site', { site_id: site.id }, token)).body, { success: true });
  const elsewhere = (await send('POST', '/api/v1/sites', { name: 'Elsewhere' })).body.site;
  assert.equal((await post('/api/v1/auth/site', { site_id: elsewhere.id }, token)).status, 403);
  like((await post('/api/v1/auth/password/reset', { email: `${username}@example.com` })).body, { success: true });
  assert.equal((await post('/api/v1/auth/password/reset', { email: 'nonsense' })).body.error.code, 'INVALID_EMAIL');
  const refreshed = await post('/api/v1/auth/refresh', { refresh_token: login.body.refresh_token });
  assert.ok(refreshed.status === 200 && refreshed.body.token && refreshed.body.expires, refreshed.text);
  const stale = await post('/api/v1/auth/refresh', { refresh_token: 'nonsense' });
  assert.deepEqual([stale.status, stale.body.error.code], [401, 'INVALID_REFRESH_TOKEN']);
  like((await post('/api/v1/auth/logout', { token }, token)).body, { success: true });
});

test('seed-001: interactions and every search', async () => {
  const site = (await send('POST', '/api/v1/sites', { name: 'Searches' })).body.site;
  const viewer = await newUser(admin.tenant, 'viewer');
  const asked = { site_id: site.id, title: 'Quarterly outlook', type: 'Meeting', lead: 'Grace', start_datetime: '2024-01-18T10:30:00Z', end_datetime: '2024-01-18T11:30:00Z', timezone: 'Europe/Berlin', location: 'Room 4', description: 'What comes next quarter', notes: 'none' };
  const created = await send('POST', '/api/v1/interactions', asked);
  assert.equal(created.status, 201);
  like(created.body.interaction, asked);
  const { interaction } = created.body;
  const path = `/api/v1/interactions/${interaction.id}`;
  assert.deepEqual((await send('GET', path)).body, { interaction });
  assert.equal((await call('GET', path, { token: viewer.token })).status, 404);
  assert.equal((await send('PUT', path, { title: 'Yearly outlook' })).body.interaction.title, 'Yearly outlook');
  const found = async (method, where, body, key = 'results') => {
    const reply = await send(method, where, body);
    assert.equal(reply.status, 200, reply.text);
    if (key === 'results') assert.deepEqual([reply.body.total, reply.body.page], [1, 1], where);
    assert.deepEqual(reply.body[key].map((i) => i.id), [interaction.id], where);
  };
  await found('GET', '/api/v1/interactions?search=outlook&page=1&page_size=20', undefined, 'interactions');
  await found('GET', '/api/v1/search/interactions?query=outlook&page=1&page_size=20');
  await found('POST', '/api/v1/search/advanced', { filters: [{ field: 'lead', operator: 'eq', value: 'Grace' }, { field: 'title', operator: 'contains', value: 'outlook' }], sort: { field: 'start_datetime', direction: 'DESC' }, page: 1, size: 20 });
  await found('GET', '/api/v1/search/date-range?start_date=2024-01-18&end_date=2024-01-18');
  await found('GET', '/api/v1/search/interactions/dates?start_date=2024-01-18&end_date=2024-01-18');
  await found('GET', '/api/v1/search/type/Meeting');
  await found('GET', '/api/v1/search/lead/Grace');
  await found('GET', '/api/v1/search/recent?limit=10', undefined, 'interactions');
  assert.deepEqual((await send('GET', '/api/v1/search/upcoming?limit=10')).body.interactions, []);
  assert.equal((await send('POST', '/api/v1/search/advanced', { filters: [{ field: 'lead', operator: 'resembles', value: 'x' }] })).status, 400);
  const removed = await send('DELETE', path);
  assert.deepEqual([removed.status, removed.body], [200, { success: true }]);
});
