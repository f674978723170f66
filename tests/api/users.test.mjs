// The users of a tenant (contract 2.2): who may, which bodies, what never shows.
import test from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newUser, problemOf, unique } from './client.mjs';

const admin = await newTenant();
const other = await newTenant();
const manager = await newUser(admin.tenant, 'manager');
const staff = await newUser(admin.tenant, 'staff');
const site = (await call('POST', '/api/v1/sites', { token: admin.token, body: { name: 'North' } })).body.site;

const PASSWORD = 'Correct-Horse-7';
const somebody = (more = {}) => {
  const username = `user_${unique()}`;
  return { username, email: `${username}@example.com`, password: PASSWORD, confirm_password: PASSWORD, ...more };
};
const create = (body, token = admin.token) => call('POST', '/api/v1/users', { token, body });

test('a user is created with sites and roles, and can log in', async () => {
  const body = somebody({ name: 'Ève Ünal', roles: ['staff', 'reception'], site_ids: [site.id], site_roles: { [site.id]: 'editor' } });
  const made = await create(body);
  assert.equal(made.status, 201, made.text);
  const { user } = made.body;
  assert.deepEqual(Object.keys(user), ['id', 'username', 'email', 'name', 'roles', 'tenant_id', 'status', 'sites']);
  assert.deepEqual([user.username, user.name, user.roles, user.tenant_id, user.status, user.sites],
    [body.username, 'Ève Ünal', ['staff', 'reception'], admin.tenant, 'active', [site.id]]);
  assert.equal(made.headers.get('location'), `/api/v1/users/${user.id}`);
  assert.ok(!made.text.includes('argon2') && !made.text.includes(PASSWORD));
  const login = await call('POST', '/api/v1/auth/login', { body: { username: body.username, password: PASSWORD } });
  assert.equal(login.status, 200);
  assert.equal((await call('GET', '/api/v1/auth/sites', { token: login.body.token })).body.sites[0].role, 'editor');
});

test('by default a user is a viewer named after the user name', async () => {
  const body = somebody();
  const { user } = (await create(body)).body;
  assert.deepEqual([user.roles, user.name, user.sites], [['viewer'], body.username, []]);
});

const bad = [
  ['short user name', { username: 'ab' }, ['/username']],
  ['user name with a blank', { username: 'a b c' }, ['/username']],
  ['long user name', { username: 'x'.repeat(51) }, ['/username']],
  ['bad address', { email: 'nobody' }, ['/email']],
  ['short password', { password: 'Ab1-', confirm_password: 'Ab1-' }, ['/password']],
  ['password of three classes', { password: 'correcthorse7A', confirm_password: 'correcthorse7A' }, ['/password']],
  ['other confirmation', { confirm_password: 'Correct-Horse-8' }, ['/confirm_password']],
  ['no confirmation', { confirm_password: undefined }, ['/confirm_password']],
  ['unknown role', { roles: ['king'] }, ['/roles/0']],
  ['no role', { roles: [] }, ['/roles']],
  ['unknown site', { site_ids: [other.tenant] }, ['/site_ids/0']],
  ['unknown site role', { site_ids: [site.id], site_roles: { [site.id]: 'king' } }, ['/site_ids/0']],
];
for (const [name, change, pointers] of bad)
  test(`refused and nothing added: ${name}`, async () => {
    const body = somebody(change);
    const reply = await create(body);
    assert.equal(reply.status, 400, reply.text);
    assert.deepEqual(reply.body.errors.map((fault) => fault.pointer), pointers);
    assert.equal((await call('GET', '/api/v1/users', { token: admin.token, query: { q: body.email } })).body.total, 0);
  });

test('addresses and user names are unique in the installation', async () => {
  const body = somebody();
  assert.equal((await create(body)).status, 201);
  assert.equal(problemOf(await create(somebody({ username: body.username }))).code, 'USERNAME_ALREADY_EXISTS');
  const reply = await create(somebody({ email: body.email.toUpperCase() }), other.token);
  assert.equal(reply.status, 409);
  assert.equal(problemOf(reply).code, 'EMAIL_ALREADY_EXISTS');
});

test('only admins create and delete; only admins and managers list and read others', async () => {
  for (const { token } of [manager, staff]) {
    assert.equal((await create(somebody(), token)).status, 403);
    assert.equal((await call('DELETE', `/api/v1/users/${manager.user}`, { token })).status, 403);
  }
  assert.equal((await call('GET', '/api/v1/users', { token: staff.token })).status, 403);
  assert.equal((await call('GET', `/api/v1/users/${manager.user}`, { token: staff.token })).status, 403);
  assert.equal((await call('GET', `/api/v1/users/${staff.user}`, { token: manager.token })).body.user.email, staff.email);
  assert.equal((await call('GET', `/api/v1/users/${staff.user}`, { token: staff.token })).body.user.email, staff.email);
  assert.equal((await call('GET', '/api/v1/users/profile', { token: staff.token })).body.user.id, staff.user);
});

test('another tenant\'s user is none', async () => {
  for (const [method, path, body] of [['GET', '', undefined], ['PUT', '', { name: 'x' }], ['DELETE', '', undefined],
    ['GET', '/sites', undefined], ['POST', '/sites', { site_id: site.id }], ['POST', '/password/reset', undefined]]) {
    const reply = await call(method, `/api/v1/users/${staff.user}${path}`, { token: other.token, body });
    assert.equal(reply.status, 404, `${method} ${path}`);
    assert.equal(problemOf(reply).code, 'USER_NOT_FOUND');
  }
  assert.ok(!(await call('GET', '/api/v1/users', { token: other.token })).text.includes(staff.user));
});

test('lists are paged, newest first, and searched', async () => {
  const tag = unique();
  for (const n of [1, 2, 3]) assert.equal((await create(somebody({ name: `Zed ${tag} ${n}` }))).status, 201);
  const page = (await call('GET', '/api/v1/users', { token: manager.token, query: { q: tag, page_size: 2 } })).body;
  assert.deepEqual([page.total, page.page, page.page_size], [3, 1, 2]);
  assert.deepEqual(page.users.map((user) => user.name), [`Zed ${tag} 3`, `Zed ${tag} 2`]);
  assert.equal((await call('GET', '/api/v1/users', { token: manager.token, query: { page: -1 } })).status, 400);
});

test('one changes one\'s own names, nothing else', async () => {
  const { user } = (await create(somebody())).body;
  const token = (await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).body.token;
  const renamed = await call('PUT', `/api/v1/users/${user.id}`, { token, body: { name: 'New Name' } });
  assert.equal(renamed.body.user.name, 'New Name');
  for (const body of [{ roles: ['admin'] }, { status: 'disabled' }, { email: 'x@example.com' }, { site_ids: [site.id] }])
    assert.equal((await call('PUT', `/api/v1/users/${user.id}`, { token, body })).status, 403);
  assert.equal((await call('PUT', `/api/v1/users/${manager.user}`, { token, body: { name: 'Mallory' } })).status, 403);
});

test('a change of role or status ends the sessions within two seconds', async () => {
  const { user } = (await create(somebody())).body;
  const { token } = (await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).body;
  assert.equal((await call('PUT', `/api/v1/users/${user.id}`, { token: admin.token, body: { status: 'disabled' } })).body.user.status, 'disabled');
  await new Promise((done) => setTimeout(done, 2200));
  assert.equal((await call('GET', '/api/v1/users/profile', { token })).status, 401);
  assert.equal((await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).status, 401);
});

test('the last admin stays', async () => {
  const { body } = await call('GET', '/api/v1/users/profile', { token: other.token });
  for (const reply of [await call('DELETE', `/api/v1/users/${body.user.id}`, { token: other.token }),
    await call('PUT', `/api/v1/users/${body.user.id}`, { token: other.token, body: { roles: ['viewer'] } })]) {
    assert.equal(reply.status, 409);
    assert.equal(problemOf(reply).code, 'LAST_ADMIN');
  }
});

test('a deleted user is gone, with the sessions', async () => {
  const { user } = (await create(somebody({ site_ids: [site.id] }))).body;
  assert.equal((await call('DELETE', `/api/v1/users/${user.id}`, { token: admin.token })).status, 204);
  assert.equal((await call('GET', `/api/v1/users/${user.id}`, { token: admin.token })).status, 404);
  assert.equal((await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).status, 401);
  assert.ok(!(await call('GET', `/api/v1/sites/${site.id}/users`, { token: admin.token })).text.includes(user.id));
});

test('a password is changed with the current one only', async () => {
  const { user } = (await create(somebody())).body;
  const { token } = (await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).body;
  const path = `/api/v1/users/${user.id}/password`;
  const wrong = await call('PUT', path, { token, body: { current_password: 'wrong', new_password: 'Another-Horse-8' } });
  assert.equal(wrong.status, 401);
  assert.equal(problemOf(wrong).code, 'INVALID_CREDENTIALS');
  const weak = await call('PUT', path, { token, body: { current_password: PASSWORD, new_password: 'aaaaaaaaaaaa', confirm_password: 'b' } });
  assert.deepEqual(weak.body.errors.map((fault) => fault.pointer), ['/new_password', '/confirm_password']);
  assert.equal((await call('PUT', path, { token: admin.token, body: { current_password: PASSWORD, new_password: 'Another-Horse-8' } })).status, 403);
  assert.deepEqual((await call('PUT', path, { token, body: { current_password: PASSWORD, new_password: 'Another-Horse-8' } })).body, { success: true });
  assert.equal((await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: 'Another-Horse-8' } })).status, 200);
  assert.equal((await call('POST', '/api/v1/auth/login', { body: { username: user.username, password: PASSWORD } })).status, 401);
  assert.deepEqual((await call('POST', `/api/v1/users/${user.id}/password/reset`, { token: admin.token })).body, { success: true });
});
