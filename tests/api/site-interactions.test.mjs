// Goal: seed 001's interactions: fields and bounds, sites and roles, history that survives deletion, restoring, participants, finding.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newInteraction, newPerson, newTenant, newUser, problemOf } from './client.mjs';

let admin, editor, viewer, outsider, north, south;
const V1 = '/api/v1/interactions';

before(async () => {
  admin = await newTenant();
  const site = async (name) => (await call('POST', '/api/v1/sites', { token: admin.token, body: { name } })).body.site;
  [north, south] = [await site('North'), await site('South')];
  editor = await newUser(admin.tenant, 'viewer');
  viewer = await newUser(admin.tenant, 'staff');
  outsider = await newUser(admin.tenant, 'manager');
  for (const [user, where, role] of [[editor, north, 'editor'], [editor, south, 'viewer'], [viewer, north, 'viewer'], [outsider, south, 'editor']])
    assert.equal((await call('POST', `/api/v1/sites/${where.id}/users`, { token: admin.token, body: { user_id: user.user, role } })).status, 201);
});

const valid = (more = {}) => ({
  title: 'Weekly review', type: 'Meeting', lead: 'Ada Osei', start_datetime: '2024-01-18T10:30:00Z', end_datetime: '2024-01-18T11:15:00Z',
  timezone: 'Europe/Berlin', location: 'Room 4', description: 'We went through the open cases.', notes: 'Bring the list', site_id: north.id, ...more });
const create = (body, { token } = editor, headers = {}) => call('POST', V1, { token, body, headers });

test('site-interactions-create: all fields, in the family\'s envelope', async () => {
  const reply = await create(valid());
  assert.equal(reply.status, 201, reply.text);
  assert.deepEqual(Object.keys(reply.body), ['interaction']);
  const { interaction } = reply.body;
  for (const [name, value] of Object.entries(valid())) assert.deepEqual(interaction[name], value, name);
  assert.deepEqual([interaction.duration_minutes, interaction.created_by, interaction.participants], [45, editor.user, []]);
  assert.equal(reply.headers.get('location'), `${V1}/${interaction.id}`);
  assert.deepEqual((await call('GET', `${V1}/${interaction.id}`, { token: viewer.token })).body, reply.body);
});

const bad = [
  [{ title: 'Four' }, '/title'], [{ title: 'x'.repeat(101) }, '/title'], [{ type: 'meeting' }, '/type'], [{ lead: '' }, '/lead'],
  [{ lead: 'x'.repeat(101) }, '/lead'], [{ end_datetime: '2024-01-18T10:30:00Z' }, '/end_datetime'], [{ end_datetime: '2024-01-18T09:00:00Z' }, '/end_datetime'],
  [{ timezone: 'Europe/Atlantis' }, '/timezone'], [{ timezone: '../etc/passwd' }, '/timezone'], [{ timezone: 'posix/UTC' }, '/timezone'], [{ timezone: 'Europe' }, '/timezone'],
  [{ location: 'x'.repeat(201) }, '/location'], [{ description: 'too short' }, '/description'], [{ description: 'x'.repeat(5001) }, '/description'],
  [{ notes: 'x'.repeat(5001) }, '/notes'], [{ participants: ['person_01h455vb4pex5vsknk084sn02q'] }, '/participants/0'], [{ participants: ['x'] }, '/participants/0'],
  [{ end_datetime: '2124-01-20T10:30:00Z' }, '/end_datetime'], [{ start_datetime: '0001-01-01T00:00:00Z', end_datetime: '1999-12-31T00:00:00Z' }, '/end_datetime'],
  [{ start_datetime: '2499-12-31T23:30:00Z', end_datetime: '2500-01-01T00:00:00Z' }, '/end_datetime'], [{ start_datetime: '9999-12-31T22:00:00Z', end_datetime: '9999-12-31T23:00:00Z' }, '/end_datetime'],
];
for (const [change, pointer] of bad)
  test(`site-interactions-bounds: ${JSON.stringify(change).slice(0, 50)} is refused`, async () => {
    const before = (await call('GET', V1, { token: admin.token })).body.total;
    const reply = await create(valid(change));
    assert.equal(reply.status, 400, reply.text);
    assert.deepEqual(problemOf(reply).errors.map((e) => e.pointer), [pointer]);
    assert.equal(reply.body.error.code, 'VALIDATION_ERROR');
    assert.deepEqual(reply.body.error.details.map((e) => e.pointer), [pointer]);
    assert.equal((await call('GET', V1, { token: admin.token })).body.total, before);
  });

test('site-interactions-bounds: every missing field is named', async () => {
  const reply = await create({ site_id: north.id });
  assert.deepEqual(problemOf(reply).errors.map((e) => e.pointer),
    ['/title', '/type', '/lead', '/start_datetime', '/end_datetime', '/timezone', '/description']);
});

test('site-interactions-bounds: the shortest and longest are taken', async () => {
  const { interaction } = (await create(valid({ title: 'Fiver', description: '0123456789', location: null, notes: null, timezone: 'Asia/Kathmandu' }))).body;
  assert.deepEqual([interaction.location, interaction.notes, interaction.timezone], [null, null, 'Asia/Kathmandu']);
  const long = valid({ title: '会'.repeat(100), lead: 'é'.repeat(100), location: 'л'.repeat(200), description: 'म'.repeat(5000), notes: '😀'.repeat(5000) });
  assert.deepEqual((await create(long)).body.interaction.description, long.description);
});

test('site-interactions-roles: editors write, viewers read, others see nothing', async () => {
  const { interaction } = (await create(valid())).body;
  const path = `${V1}/${interaction.id}`;
  for (const [method, body] of [['PUT', { title: 'Another title' }], ['PATCH', { notes: null }], ['DELETE', undefined]]) {
    assert.equal((await call(method, path, { token: viewer.token, body })).status, 403, method);
    assert.equal((await call(method, path, { token: outsider.token, body })).status, 404, method);
  }
  assert.equal((await create(valid(), viewer)).status, 403);
  assert.equal((await create(valid(), outsider)).status, 403);
  assert.equal((await create(valid({ site_id: south.id }))).status, 403);
  assert.equal((await call('GET', path, { token: outsider.token })).status, 404);
  assert.equal((await call('GET', `${path}/history`, { token: outsider.token })).status, 404);
  assert.equal((await call('POST', `${path}/restore/1`, { token: outsider.token })).status, 404);
  assert.equal((await call('POST', `${path}/restore/1`, { token: viewer.token })).status, 403);
  assert.equal((await call('PUT', path, { token: editor.token, body: { title: 'Another title' } })).body.interaction.title, 'Another title');
});

test('site-interactions-context: header, query, session and the only site give the site', async () => {
  const without = valid({ site_id: undefined });
  const lost = await create(without);
  assert.equal(lost.status, 400);
  assert.deepEqual(problemOf(lost).errors.map((e) => e.pointer), ['/site_id']);
  assert.equal((await create(without, editor, { 'X-Site-ID': north.id })).body.interaction.site_id, north.id);
  assert.equal((await create(without, editor, { 'X-Site-ID': south.id })).status, 403);
  assert.equal((await create(without, outsider)).body.interaction.site_id, south.id);
  const list = async (options) => (await call('GET', V1, { token: editor.token, ...options })).body;
  const sites = async (options) => [...new Set((await list({ ...options, query: { page_size: 100, ...options.query } })).interactions.map((row) => row.site_id))].sort();
  assert.deepEqual(await sites({}), [north.id, south.id].sort());
  assert.deepEqual(await sites({ headers: { 'X-Site-ID': south.id } }), [south.id]);
  assert.deepEqual(await sites({ query: { site_id: south.id } }), [south.id]);
  assert.equal((await call('GET', V1, { token: viewer.token, query: { site_id: south.id } })).status, 403);
  assert.equal((await call('GET', V1, { token: viewer.token, query: { site_id: 'x' } })).status, 400);
  const { token } = (await call('POST', '/api/v1/auth/login', { body: { username: editor.email, password: editor.password } })).body;
  await call('POST', '/api/v1/auth/site', { token, body: { site_id: north.id } });
  assert.equal((await create(without, { token })).body.interaction.site_id, north.id);
  assert.deepEqual((await call('GET', V1, { token, query: { page_size: 100 } })).body.interactions.filter((row) => row.site_id !== north.id), []);
});

test('site-interactions-context: a site one does not belong to is refused where one record is asked for too', async () => {
  const { interaction } = (await create(valid())).body;
  const stranger = await newTenant();
  const foreign = (await call('POST', '/api/v1/sites', { token: stranger.token, body: { name: 'Far' } })).body.site;
  const path = `${V1}/${interaction.id}`;
  for (const [method, where, body] of [['GET', path], ['GET', `${path}.ics`], ['GET', `${path}/history`], ['PUT', path, { title: 'Another title' }], ['POST', `${path}/restore/1`], ['DELETE', path]])
    for (const site of [south.id, foreign.id]) {
      assert.equal((await call(method, where, { token: admin.token, body, headers: { 'X-Site-ID': foreign.id } })).status, 403, `${method} ${where}`);
      assert.equal((await call(method, where, { token: viewer.token, body, headers: { 'X-Site-ID': site } })).status, 403, `${method} ${where}`);
    }
  assert.equal((await call('GET', path, { token: viewer.token, headers: { 'X-Site-ID': north.id } })).status, 200);
  assert.equal((await call('GET', path, { token: viewer.token, headers: { 'X-Site-ID': 'x' } })).status, 400);
});

test('site-interactions-list: totals are of what one sees', async () => {
  const total = async (who, query) => (await call('GET', V1, { token: who.token, query })).body.total;
  const rows = async (who) => {
    let count = 0;
    for (let page = 1; ; page++) {
      const { body } = await call('GET', V1, { token: who.token, query: { page, page_size: 7 } });
      count += body.interactions.length;
      if (!body.next_cursor) return count;
    }
  };
  for (const who of [admin, editor, viewer, outsider]) assert.equal(await total(who), await rows(who));
  assert.equal(await total(admin), await total(viewer) + await total(outsider));
  assert.equal(await total(admin, { type: 'Call' }), 0);
  assert.equal((await call('GET', V1, { token: editor.token, query: { page: -1 } })).status, 400);
  const first = await call('GET', V1, { token: viewer.token });
  assert.equal((await call('GET', V1, { token: viewer.token, headers: { 'If-None-Match': first.headers.get('etag') } })).status, 304);
  assert.equal((await call('GET', V1, { token: editor.token, headers: { 'If-None-Match': first.headers.get('etag') } })).status, 200);
});

test('site-interactions-history: who, when, before, after; it survives deletion', async () => {
  const { interaction } = (await create(valid())).body;
  const path = `${V1}/${interaction.id}`;
  await call('PUT', path, { token: editor.token, body: { title: 'A second title' } });
  const gone = await call('DELETE', path, { token: editor.token });
  assert.deepEqual([gone.status, gone.body], [200, { success: true }]);
  assert.equal((await call('GET', path, { token: editor.token })).status, 404);
  const { body } = await call('GET', `${path}/history`, { token: viewer.token });
  assert.deepEqual(body.history.map((row) => [row.change_type, row.version, row.changed_by]),
    [['delete', 3, editor.user], ['update', 2, editor.user], ['create', 1, editor.user]]);
  assert.deepEqual([body.history[1].before_state.title, body.history[1].after_state.title], ['Weekly review', 'A second title']);
  assert.equal(body.history[0].before_state.title, 'A second title');
  assert.equal(body.total, 3);
  assert.equal((await call('DELETE', path, { token: editor.token, headers: { Prefer: 'return=minimal' } })).status, 404);
});

test('site-interactions-restore: an earlier version becomes the newest', async () => {
  const { interaction } = (await create(valid())).body;
  const path = `${V1}/${interaction.id}`;
  for (const title of ['Second title', 'Third title']) await call('PUT', path, { token: editor.token, body: { title } });
  const back = await call('POST', `${path}/restore/2`, { token: editor.token });
  assert.equal(back.status, 200, back.text);
  assert.equal(back.body.interaction.title, 'Second title');
  assert.equal(back.headers.get('etag').replace(/^W\//, ''), '"4"');
  for (const version of ['0', '9', 'x', '-1']) {
    const reply = await call('POST', `${path}/restore/${version}`, { token: editor.token });
    assert.equal(reply.status, 404);
    assert.equal(problemOf(reply).code, 'VERSION_NOT_FOUND');
  }
});

test('site-interactions-restore: a deleted one comes back under its id, and goes on counting', async () => {
  const { interaction } = (await create(valid({ notes: 'the first' }))).body;
  const path = `${V1}/${interaction.id}`;
  await call('PUT', path, { token: editor.token, body: { notes: 'the second' } });
  const before = (await call('GET', V1, { token: viewer.token })).body.total;
  await call('DELETE', path, { token: editor.token });
  assert.equal((await call('POST', `${path}/restore/1`, { token: viewer.token })).status, 403);
  assert.equal((await call('POST', `${path}/restore/1`, { token: outsider.token })).status, 404);
  assert.equal((await call('POST', `${path}/restore/3`, { token: editor.token })).status, 404);
  const back = await call('POST', `${path}/restore/1`, { token: admin.token });
  assert.equal(back.status, 200, back.text);
  assert.deepEqual({ ...back.body.interaction, updated_at: 0 }, { ...interaction, updated_at: 0 });
  assert.equal((await call('GET', V1, { token: viewer.token })).body.total, before);
  const history = (await call('GET', `${path}/history`, { token: viewer.token })).body.history;
  assert.deepEqual(history.map((row) => [row.change_type, row.version]), [['create', 4], ['delete', 3], ['update', 2], ['create', 1]]);
  assert.equal((await call('PUT', path, { token: editor.token, body: { notes: 'the third' } })).headers.get('etag').replace(/^W\//, ''), '"5"');
});

test('site-interactions-participants: persons by id; who is deleted takes part no more', async () => {
  const [a, b] = [await newPerson(admin.token, {}), await newPerson(admin.token, {})];
  const { interaction } = (await create(valid({ participants: [a.id, b.id] }))).body;
  assert.deepEqual(interaction.participants, [a.id, b.id]);
  await call('DELETE', `/api/persons/${a.id}`, { token: admin.token });
  const left = await call('GET', `${V1}/${interaction.id}`, { token: viewer.token });
  assert.deepEqual(left.body.interaction.participants, [b.id]);
  const history = async () => (await call('GET', `${V1}/${interaction.id}/history`, { token: viewer.token })).body.history;
  const [last] = await history();
  assert.deepEqual([last.change_type, last.version, last.changed_by, last.before_state, last.after_state],
    ['update', 2, admin.user, { participants: [a.id, b.id], updated_at: interaction.updated_at }, { participants: [b.id], updated_at: left.body.interaction.updated_at }]);
  // An earlier version comes back with those of its persons that there still are.
  const restore = async (version) => (await call('POST', `${V1}/${interaction.id}/restore/${version}`, { token: editor.token })).body.interaction?.participants;
  await call('PATCH', `${V1}/${interaction.id}`, { token: editor.token, body: { participants: [] } });
  assert.deepEqual(await restore(1), [b.id]);
  await call('DELETE', `${V1}/${interaction.id}`, { token: editor.token });
  assert.deepEqual(await restore(1), [b.id]);
  assert.deepEqual((await history()).map((row) => [row.change_type, row.version]).slice(0, 4), [['create', 6], ['delete', 5], ['update', 4], ['update', 3]]);
  const stranger = await newTenant();
  const theirs = await newPerson(stranger.token, {});
  const refused = async (participants) => problemOf(await create(valid({ participants }))).errors.map((e) => [e.pointer, e.code]);
  assert.deepEqual(await refused([b.id, theirs.id]), [['/participants/1', 'unknown']]);
  assert.deepEqual(await refused([b.id, 'x', b.id]), [['/participants/1', 'unknown'], ['/participants/2', 'duplicate']]);
});

test('site-interactions-conditions: If-Match guards a change', async () => {
  const { interaction } = (await create(valid())).body;
  const path = `${V1}/${interaction.id}`;
  assert.equal((await call('PUT', path, { token: editor.token, body: { title: 'Other title' }, headers: { 'If-Match': '"7"' } })).status, 412);
  assert.equal((await call('PUT', path, { token: editor.token, body: { title: 'Other title' }, headers: { 'If-Match': '"1"' } })).status, 200);
  assert.equal((await call('POST', `${path}/restore/1`, { token: editor.token, headers: { 'If-Match': '"1"' } })).status, 412);
});

test('find: dates, type, lead, upcoming, recent, each within one\'s sites', async () => {
  const own = await newTenant();
  const { site } = (await call('POST', '/api/v1/sites', { token: own.token, body: { name: 'East' } })).body;
  const add = (title, start, hours, more = {}) => newInteraction(own.token, site.id, {
    title, start_datetime: start, end_datetime: new Date(Date.parse(start) + hours * 3600000).toISOString(), ...more });
  const soon = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 19) + 'Z';
  await add('Over midnight', '2024-03-01T23:00:00Z', 2);
  await add('On the third', '2024-03-03T09:00:00Z', 1, { type: 'Call', lead: 'Zoë Ünal' });
  await add('The day after tomorrow', soon(2), 1, { lead: 'Zoë Ünal' });
  await add('Tomorrow', soon(1), 1, { type: 'Email' });
  const find = async (path, query = {}, { token } = own) => (await call('GET', `/api/v1/search/${path}`, { token, query })).body;
  const titles = ({ results, interactions }) => (results ?? interactions).map((row) => row.title);
  const range = await find('date-range', { start_date: '2024-03-02', end_date: '2024-03-02' });
  assert.deepEqual([titles(range), range.total, range.page], [['Over midnight'], 1, 1]);
  assert.deepEqual(titles(await find('interactions/dates', { start_date: '2024-03-01', end_date: '2024-03-03' })), ['On the third', 'Over midnight']);
  assert.deepEqual(titles(await find('type/Call')), ['On the third']);
  assert.deepEqual(titles(await find(`lead/${encodeURIComponent('Zoë Ünal')}`)), ['The day after tomorrow', 'On the third']);
  assert.deepEqual(titles(await find('upcoming')), ['Tomorrow', 'The day after tomorrow']);
  assert.deepEqual(titles(await find('recent', { limit: 1 })), ['Tomorrow']);
  for (const path of ['type/Call', 'upcoming', 'recent']) assert.deepEqual(titles(await find(path, {}, editor)).includes('On the third'), false);
  for (const [path, query] of [['type/Dance', {}], ['upcoming', { limit: 51 }], ['date-range', {}], ['date-range', { start_date: '2024-02-30', end_date: '2024-03-01' }],
    ['date-range', { start_date: '2024-03-02', end_date: '2024-03-01' }], ['type/Call', { page: -1 }]])
    assert.equal((await call('GET', `/api/v1/search/${path}`, { token: own.token, query })).status, 400, path);
});

test('find-advanced: every operator, on every kind of field', async () => {
  const own = await newTenant();
  const { site } = (await call('POST', '/api/v1/sites', { token: own.token, body: { name: 'West' } })).body;
  await newInteraction(own.token, site.id, { title: 'Alpha call', type: 'Call', start_datetime: '2024-05-01T10:00:00Z', end_datetime: '2024-05-01T10:20:00Z', location: 'Room 4' });
  await newInteraction(own.token, site.id, { title: 'Beta meeting', start_datetime: '2024-05-02T10:00:00Z', end_datetime: '2024-05-02T11:00:00Z', location: null });
  await newInteraction(own.token, site.id, { title: 'Gamma mail', type: 'Email', start_datetime: '2024-05-03T10:00:00Z', end_datetime: '2024-05-03T10:05:00Z', location: '100% remote' });
  const post = (body) => call('POST', '/api/v1/search/advanced', { token: own.token, body });
  const find = async (filters, sort) => (await post({ filters, sort: sort ?? { field: 'start_datetime', direction: 'ASC' } })).body.results.map((row) => row.title.split(' ')[0]);
  const rows = [
    [{ field: 'type', operator: 'eq', value: 'Call' }, ['Alpha']],
    [{ field: 'type', operator: 'neq', value: 'Call' }, ['Beta', 'Gamma']],
    [{ field: 'start_datetime', operator: 'gt', value: '2024-05-01T10:00:00Z' }, ['Beta', 'Gamma']],
    [{ field: 'start_datetime', operator: 'gte', value: '2024-05-02T10:00:00Z' }, ['Beta', 'Gamma']],
    [{ field: 'start_datetime', operator: 'lt', value: '2024-05-02T10:00:00Z' }, ['Alpha']],
    [{ field: 'start_datetime', operator: 'lte', value: '2024-05-02T10:00:00Z' }, ['Alpha', 'Beta']],
    [{ field: 'duration_minutes', operator: 'gte', value: 20 }, ['Alpha', 'Beta']],
    [{ field: 'title', operator: 'contains', value: 'MEET' }, ['Beta']],
    [{ field: 'location', operator: 'contains', value: '%' }, ['Gamma']],
    [{ field: 'location', operator: 'eq', value: null }, ['Beta']],
    [{ field: 'location', operator: 'neq', value: 'Room 4' }, ['Beta', 'Gamma']],
    [{ field: 'type', operator: 'in', value: ['Call', 'Email'] }, ['Alpha', 'Gamma']],
    [{ field: 'site_id', operator: 'eq', value: site.id }, ['Alpha', 'Beta', 'Gamma']],
    [{ field: 'created_by', operator: 'eq', value: own.user }, ['Alpha', 'Beta', 'Gamma']],
  ];
  for (const [filter, want] of rows) assert.deepEqual(await find([filter]), want, JSON.stringify(filter));
  assert.deepEqual(await find([rows[1][0], { field: 'title', operator: 'contains', value: 'mail' }]), ['Gamma']);
  assert.deepEqual(await find([], { field: 'title', direction: 'desc' }), ['Gamma', 'Beta', 'Alpha']);
  const page = (await post({ filters: [], page: 2, size: 2, sort: { field: 'title' } })).body;
  assert.deepEqual([page.results.map((row) => row.title), page.total, page.page], [['Gamma mail'], 3, 2]);
});

test('find-advanced: unknown field or operator, wrong value, and too much are 400', async () => {
  const rows = [
    [{ filters: [{ field: 'colour', operator: 'eq', value: 1 }] }, '/filters/0/field'],
    [{ filters: [{ field: 'type', operator: 'like', value: 'x' }] }, '/filters/0/operator'],
    [{ filters: [{ field: 'tenant_id', operator: 'eq', value: 'x' }] }, '/filters/0/field'],
    [{ filters: [{ field: 'title', operator: 'eq' }] }, '/filters/0/value'],
    [{ filters: [{ field: 'start_datetime', operator: 'gt', value: 'soon' }] }, '/filters/0/value'],
    [{ filters: [{ field: 'type', operator: 'in', value: 'Call' }] }, '/filters/0/value'],
    [{ filters: [{ field: 'type', operator: 'in', value: [] }] }, '/filters/0/value'],
    [{ filters: [{ field: 'start_datetime', operator: 'contains', value: '2024' }] }, '/filters/0/value'],
    [{ filters: [], sort: { field: 'notes' } }, '/sort/field'],
    [{ filters: [], sort: { field: 'title', direction: 'up' } }, '/sort/direction'],
    [{ filters: [], size: 101 }, '/size'],
    [{ filters: [], page: 0 }, '/page'],
    [{ filters: [{}, 5, { field: 7, operator: [], value: 1 }] }, '/filters/0/field', '/filters/0/operator', '/filters/0/value', '/filters/1', '/filters/2/field', '/filters/2/operator'],
    [{ filters: [{ field: 'colour', operator: 'like', value: 1 }, { field: 'type', operator: 'eq', value: 'x' }], sort: { field: 'nope', direction: 'up' }, page: 0, size: 1000 },
      '/filters/0/field', '/filters/0/operator', '/filters/1/value', '/page', '/size', '/sort/direction', '/sort/field'],
    [{ filters: Array(21).fill({ field: 'type', operator: 'eq', value: 'Call' }) }, '/filters'],
    [{ filters: Array(4).fill({ field: 'title', operator: 'in', value: Array(20).fill('x') }) }, '/filters/3/value'],
  ];
  for (const [body, ...pointers] of rows) {
    const reply = await call('POST', '/api/v1/search/advanced', { token: editor.token, body });
    assert.equal(reply.status, 400, JSON.stringify(body));
    assert.deepEqual(problemOf(reply).errors.map((e) => e.pointer).sort(), pointers);
  }
});

test('find-advanced: whatever is asked of whichever field is answered or refused by name', async () => {
  const { properties } = (await call('GET', '/api/docs', { expected: false })).body.components.schemas.SiteInteraction;
  const values = ['x', '', 5, -1, 1.5, 1e30, true, null, [], ['x'], [5], [null], [[1]], {}, { a: 1 }, '2024-01-18T10:30:00Z', '9'.repeat(6000), 2 ** 53 + 2, '%', admin.user];
  let taken = 0;
  for (const field of Object.keys(properties))
    for (const operator of ['eq', 'neq', 'gt', 'lt', 'gte', 'lte', 'contains', 'in'])
      for (const value of values) {
        const reply = await call('POST', '/api/v1/search/advanced', { token: editor.token, body: { filters: [{ field, operator, value }] }, expected: false });
        if (reply.status === 200) taken++;
        else assert.deepEqual([reply.status, [...new Set(problemOf(reply).errors.map((e) => e.pointer))]], [400, ['/filters/0/value']], `${field} ${operator} ${JSON.stringify(value)}`);
      }
  assert.ok(taken > 200, `${taken} taken`);
});

test('find-advanced: another site or tenant is never found', async () => {
  const reply = await call('POST', '/api/v1/search/advanced', { token: viewer.token, body: { filters: [{ field: 'site_id', operator: 'eq', value: south.id }] } });
  assert.deepEqual([reply.body.results, reply.body.total], [[], 0]);
  const all = (await call('POST', '/api/v1/search/advanced', { token: viewer.token, body: { size: 100 } })).body.results;
  assert.ok(all.length > 0 && all.every((row) => row.site_id === north.id));
});
