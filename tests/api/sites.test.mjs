// Sites, who belongs to them, and the site to work in (contract 2.2): values, roles, other tenants.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { call, newTenant, newUser, problemOf, unique } from './client.mjs';

const admin = await newTenant();
const other = await newTenant();
const ed = await newUser(admin.tenant, 'viewer');
const vi = await newUser(admin.tenant, 'viewer');
const stranger = await newUser(admin.tenant, 'staff');

async function newSite(token, name = `Site ${unique()}`, more = {}) {
  const reply = await call('POST', '/api/v1/sites', { token, body: { name, ...more } });
  assert.equal(reply.status, 201, reply.text);
  return reply.body.site;
}

const north = await newSite(admin.token, 'North', { description: 'The northern house' });
const south = await newSite(admin.token, 'South');
const foreign = await newSite(other.token, 'North');
for (const [user, role] of [[ed, 'editor'], [vi, 'viewer']])
  assert.equal((await call('POST', `/api/v1/sites/${north.id}/users`, { token: admin.token, body: { user_id: user.user, role } })).status, 201);

test('a site is created, read with its counts, changed and deleted', async () => {
  const site = await newSite(admin.token, 'West', { description: 'w' });
  assert.deepEqual(Object.keys(site), ['id', 'name', 'description', 'created_at', 'updated_at']);
  const read = await call('GET', `/api/v1/sites/${site.id}`, { token: admin.token });
  assert.deepEqual(read.body, { site: { ...site, user_count: 0, interaction_count: 0 } });
  const put = await call('PUT', `/api/v1/sites/${site.id}`, { token: admin.token, body: { name: 'Far West' } });
  assert.equal(put.body.site.name, 'Far West');
  assert.equal(put.body.site.description, 'w');
  const patch = await call('PATCH', `/api/v1/sites/${site.id}`, { token: admin.token, body: { description: null } });
  assert.equal(patch.body.site.description, null);
  const gone = await call('DELETE', `/api/v1/sites/${site.id}`, { token: admin.token });
  assert.equal(gone.status, 204);
  const missing = await call('GET', `/api/v1/sites/${site.id}`, { token: admin.token });
  assert.equal(missing.status, 404);
  assert.equal(problemOf(missing).detail, `Site with ID ${site.id} not found`);
  assert.deepEqual(missing.body.error, { code: 'SITE_NOT_FOUND', message: `Site with ID ${site.id} not found`, details: [] });
  const history = await call('GET', `/api/v1/sites/${site.id}/history`, { token: admin.token });
  assert.deepEqual(history.body.history.map((row) => row.change_type), ['delete', 'update', 'update', 'create']);
  assert.equal(history.body.history[3].after_state.name, 'West');
  assert.equal(history.body.history[3].changed_by, admin.user);
});

test('an empty name is 400, a taken one 409, and nothing is added', async () => {
  const before = (await call('GET', '/api/v1/sites', { token: admin.token })).body.total;
  const empty = await call('POST', '/api/v1/sites', { token: admin.token, body: { name: '' } });
  assert.equal(empty.status, 400);
  assert.deepEqual(empty.body.errors.map((fault) => fault.pointer), ['/name']);
  const taken = await call('POST', '/api/v1/sites', { token: admin.token, body: { name: 'north' } });
  assert.equal(taken.status, 409);
  assert.equal(problemOf(taken).code, 'SITE_ALREADY_EXISTS');
  assert.equal((await call('GET', '/api/v1/sites', { token: admin.token })).body.total, before);
});

test('who is no admin changes no site', async () => {
  for (const token of [ed.token, vi.token, stranger.token]) {
    assert.equal((await call('POST', '/api/v1/sites', { token, body: { name: unique() } })).status, 403);
    assert.equal((await call('PUT', `/api/v1/sites/${north.id}`, { token, body: { name: unique() } })).status, 403);
    assert.equal((await call('DELETE', `/api/v1/sites/${north.id}`, { token })).status, 403);
  }
});

test('a list holds the sites one belongs to; an admin sees all of the tenant', async () => {
  const names = async (token) => (await call('GET', '/api/v1/sites', { token })).body.sites.map((site) => site.name);
  assert.deepEqual(await names(ed.token), ['North']);
  assert.deepEqual(await names(stranger.token), []);
  assert.deepEqual((await names(admin.token)).filter((name) => ['North', 'South'].includes(name)), ['North', 'South']);
  assert.equal((await call('GET', `/api/v1/sites/${north.id}`, { token: ed.token })).status, 200);
  assert.equal((await call('GET', `/api/v1/sites/${south.id}`, { token: ed.token })).status, 404);
  assert.equal((await call('GET', `/api/v1/sites/${foreign.id}`, { token: admin.token })).status, 404);
});

test('search looks into names and descriptions of one\'s own sites', async () => {
  const find = async (token, term) => (await call('GET', '/api/v1/sites/search', { token, query: { term } })).body.sites.map((site) => site.name);
  assert.deepEqual(await find(admin.token, 'northern'), ['North']);
  assert.deepEqual(await find(ed.token, 'o'), ['North']);
  assert.deepEqual(await find(stranger.token, 'North'), []);
  assert.equal((await call('GET', '/api/v1/sites/search', { token: ed.token })).status, 400);
});

test('members are listed with role and name, changed and removed by the site\'s admins', async () => {
  const site = await newSite(admin.token);
  const users = `/api/v1/sites/${site.id}/users`;
  const added = await call('POST', users, { token: admin.token, body: { user_id: stranger.user, role: 'admin' } });
  assert.deepEqual(added.body, { user: { user_id: stranger.user, site_id: site.id, role: 'admin' } });
  const twice = await call('POST', users, { token: admin.token, body: { user_id: stranger.user, role: 'viewer' } });
  assert.equal(problemOf(twice).code, 'MEMBER_ALREADY_EXISTS');
  // The site's own admin may let others in, though no admin of the tenant.
  assert.equal((await call('POST', users, { token: stranger.token, body: { user_id: vi.user } })).status, 201);
  const list = (await call('GET', users, { token: stranger.token })).body;
  assert.equal(list.total, 2);
  const member = list.users.find((user) => user.user_id === vi.user);
  assert.deepEqual([member.role, member.email, member.site_id], ['viewer', vi.email, site.id]);
  assert.equal((await call('PUT', `${users}/${vi.user}`, { token: stranger.token, body: { role: 'editor' } })).body.user.role, 'editor');
  assert.equal((await call('PUT', `${users}/${vi.user}`, { token: vi.token, body: { role: 'admin' } })).status, 403);
  assert.equal((await call('PUT', `${users}/${vi.user}`, { token: stranger.token, body: { role: 'king' } })).status, 400);
  assert.equal((await call('DELETE', `${users}/${vi.user}`, { token: stranger.token })).status, 204);
  assert.equal((await call('DELETE', `${users}/${vi.user}`, { token: stranger.token })).status, 404);
  assert.equal((await call('GET', users, { token: vi.token })).status, 404);
});

test('a member must be a user of the tenant, a site one of the tenant', async () => {
  const users = `/api/v1/sites/${north.id}/users`;
  for (const user_id of [other.user, randomUUID()]) {
    const reply = await call('POST', users, { token: admin.token, body: { user_id } });
    assert.equal(reply.status, 400);
    assert.equal(reply.body.errors[0].pointer, '/user_id');
  }
  assert.equal((await call('POST', users, { token: other.token, body: { user_id: other.user } })).status, 404);
  assert.equal((await call('GET', users, { token: other.token })).status, 404);
  assert.equal((await call('PUT', `${users}/${ed.user}`, { token: other.token, body: { role: 'viewer' } })).status, 404);
  assert.equal((await call('DELETE', `${users}/${ed.user}`, { token: other.token })).status, 404);
});

test('the same from the user\'s side', async () => {
  const site = await newSite(admin.token);
  const mine = `/api/v1/users/${vi.user}/sites`;
  assert.equal((await call('POST', mine, { token: admin.token, body: { site_id: site.id, role: 'viewer' } })).status, 201);
  const roles = (await call('GET', mine, { token: vi.token })).body.sites.map(({ name, role }) => [name, role]);
  assert.ok(roles.some(([name, role]) => name === site.name && role === 'viewer'));
  assert.equal((await call('PUT', `${mine}/${site.id}/role`, { token: admin.token, body: { role: 'editor' } })).body.user.role, 'editor');
  assert.equal((await call('GET', `/api/v1/sites/user/${vi.user}`, { token: vi.token })).body.sites.find((row) => row.id === site.id).role, 'editor');
  assert.equal((await call('GET', mine, { token: ed.token })).status, 403);
  assert.equal((await call('GET', mine, { token: other.token })).status, 404);
  assert.equal((await call('DELETE', `${mine}/${site.id}`, { token: admin.token })).status, 204);
});

test('a session works in the site it chose; the header wins; null and * choose all', async () => {
  const login = (await call('POST', '/api/v1/auth/login', { body: { username: ed.email, password: ed.password } })).body;
  const { token } = login;
  assert.deepEqual(login.user.sites, [north.id]);
  assert.deepEqual((await call('GET', '/api/v1/sites/context', { token })).body, { site_context: null });
  const chosen = await call('POST', '/api/v1/auth/site', { token, body: { site_id: north.id } });
  assert.deepEqual(chosen.body, { success: true, site_context: { site_id: north.id, name: 'North', role: 'editor' } });
  assert.deepEqual((await call('GET', '/api/v1/sites/context', { token })).body.site_context, chosen.body.site_context);
  assert.equal((await call('GET', '/api/v1/sites/context', { token, headers: { 'X-Site-ID': '*' } })).body.site_context, null);
  assert.equal((await call('GET', '/api/v1/sites/context', { token, headers: { 'X-Site-ID': south.id } })).status, 403);
  assert.equal((await call('GET', '/api/v1/sites/context', { token, headers: { 'X-Site-ID': 'x' } })).status, 400);
  assert.equal((await call('POST', '/api/v1/auth/site', { token, body: { site_id: south.id } })).status, 403);
  assert.equal((await call('POST', '/api/v1/auth/site', { token, body: { site_id: foreign.id } })).status, 403);
  assert.equal((await call('POST', '/api/v1/auth/site', { token, body: { site_id: 7 } })).status, 400);
  assert.equal((await call('POST', '/api/v1/auth/site', { token, body: {} })).status, 400);
  assert.equal((await call('POST', `/api/v1/sites/${north.id}/context`, { token })).body.site_context.site_id, north.id);
  assert.equal((await call('POST', `/api/v1/sites/${south.id}/context`, { token })).status, 404);
  assert.equal((await call('POST', '/api/v1/auth/site', { token, body: { site_id: null } })).body.site_context, null);
  assert.deepEqual((await call('GET', '/api/v1/auth/sites', { token })).body.sites.map(({ id, role }) => [id, role]), [[north.id, 'editor']]);
  assert.deepEqual((await call('GET', '/api/v1/users/sites', { token })).body.sites.map(({ id }) => id), [north.id]);
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  assert.deepEqual(claims.site_ids, [north.id]);
});
