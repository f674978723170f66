// Goal: accounts, log-in, refresh, log-out and sessions in the words of families B and I.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac, createPublicKey } from 'node:crypto';
import { call, newTenant, newUser, newPerson, problemOf, unique, until, sleep } from './client.mjs';

const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
let admin;

before(async () => { admin = await newTenant(); });

test('auth-register: the seed\'s example', async () => {
  const email = `doctor.${unique()}@clinic.com`;
  const { status, body, headers } = await call('POST', '/api/auth/register', {
    body: { email, password: 'secure123', name: 'Dr. Smith', tenant_name: 'My Clinic' } });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body).sort(), ['tenant', 'token', 'user']);
  assert.deepEqual(body.user, { user_id: body.user.user_id, email, name: 'Dr. Smith', roles: ['admin'], tenant_id: body.tenant.tenant_id });
  assert.equal(body.tenant.name, 'My Clinic');
  const cookie = headers.get('set-cookie');
  for (const word of ['__Host-almoner=', 'Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(word), word);
});

test('auth-register: without tenant_name it is "<name>\'s Practice"', async () => {
  const { body } = await call('POST', '/api/auth/register', { body: { email: `d.${unique()}@clinic.com`, password: 'secure123', name: 'Dr. Who' } });
  assert.equal(body.tenant.name, "Dr. Who's Practice");
});

test('auth-register: a taken address is 400, in any case; bad fields are 422', async () => {
  const taken = await call('POST', '/api/auth/register', { body: { email: admin.email.toUpperCase(), password: 'secure123', name: 'X' } });
  assert.equal(taken.status, 400);
  assert.equal(taken.body.detail, 'Email already registered');
  const bad = await call('POST', '/api/auth/register', { body: { email: 'nobody', password: 'short' } });
  assert.equal(bad.status, 422);
  assert.deepEqual(problemOf(bad).errors.map((e) => e.pointer).sort(), ['/email', '/name', '/password']);
  for (const error of bad.body.errors) assert.ok(Array.isArray(error.loc) && error.msg && error.type);
});

test('auth-login: family B answers user, token, tenant_id; the token lives seven days and carries every family\'s claims', async () => {
  const { status, body } = await call('POST', '/api/auth/login', { body: { email: admin.email, password: admin.password } });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body).sort(), ['tenant_id', 'token', 'user']);
  const claims = claimsOf(body.token);
  assert.equal(claims.exp - claims.iat, 7 * 86400);
  assert.deepEqual([claims.sub, claims.user_id, claims.userId, claims.tenant_id, claims.email, claims.roles],
    [admin.user, admin.user, admin.user, admin.tenant, admin.email, ['admin']]);
  assert.ok(claims.jti && Array.isArray(claims.permissions) && Array.isArray(claims.site_ids));
  const me = await call('GET', '/api/auth/me', { token: body.token });
  assert.deepEqual(me.body, { user_id: admin.user, email: admin.email, name: 'Ada Admin', roles: ['admin'], tenant_id: admin.tenant });
});

test('auth-login: unknown account and wrong password answer alike', async () => {
  const wrong = await call('POST', '/api/auth/login', { body: { email: admin.email, password: 'not-this-one' } });
  const unknown = await call('POST', '/api/auth/login', { body: { email: `nobody.${unique()}@example.com`, password: 'not-this-one' } });
  const shape = (r) => ({ ...r.body, request_id: 0 });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.body.detail, 'Invalid email or password');
  assert.deepEqual(shape(wrong), shape(unknown));
});

test('auth-login: family I answers token, expires, user; bad credentials have a code', async () => {
  const { status, body } = await call('POST', '/api/v1/auth/login', { body: { username: admin.email, password: admin.password } });
  assert.equal(status, 200);
  assert.equal(body.user.id, admin.user);
  assert.deepEqual(body.user.sites, []);
  const claims = claimsOf(body.token);
  assert.equal(claims.exp - claims.iat, 1800);
  assert.equal(Date.parse(body.expires), claims.exp * 1000);
  const wrong = await call('POST', '/api/v1/auth/login', { body: { username: admin.email, password: 'not-this-one' } });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.body.error.code, 'INVALID_CREDENTIALS');
});

test('auth-login: guessing is slowed down for the guesser alone', async () => {
  const user = await newTenant();
  const tries = [];
  for (let i = 0; i < 12; i++) tries.push(await call('POST', '/api/auth/login', { body: { email: user.email, password: `guess-${i}xx` } }));
  const last = tries.at(-1);
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get('retry-after')) >= 1);
  assert.equal(problemOf(last).code, 'RATE_LIMITED');
  assert.ok(tries.filter((t) => t.status === 401).length >= 5);
  const other = await newTenant();
  assert.equal((await call('POST', '/api/auth/login', { body: { email: other.email, password: other.password } })).status, 200, 'another account is free');
  await until(async () => (await call('POST', '/api/auth/login', { body: { email: user.email, password: user.password } })).status === 200, 130000);
});

test('auth-refresh: each refresh token works once; a second use ends the session', async () => {
  const login = await call('POST', '/api/v1/auth/login', { body: { username: admin.email, password: admin.password } });
  const first = await call('POST', '/api/v1/auth/refresh', { body: { refresh_token: login.body.refresh_token } });
  assert.equal(first.status, 200);
  assert.ok(first.body.token && first.body.expires && first.body.refresh_token !== login.body.refresh_token);
  assert.equal((await call('GET', '/api/v1/auth/profile', { token: first.body.token })).status, 200);
  const again = await call('POST', '/api/v1/auth/refresh', { body: { refresh_token: login.body.refresh_token } });
  assert.equal(again.status, 401);
  assert.equal(again.body.error.code, 'INVALID_REFRESH_TOKEN');
  const thief = await call('POST', '/api/v1/auth/refresh', { body: { refresh_token: first.body.refresh_token } });
  assert.equal(thief.status, 401);
  await until(async () => (await call('GET', '/api/v1/auth/profile', { token: first.body.token })).status === 401, 2500);
});

test('auth-logout: a revoked session is refused by every module within two seconds', async () => {
  const { body: login } = await call('POST', '/api/v1/auth/login', { body: { username: admin.email, password: admin.password } });
  assert.equal((await call('GET', '/api/persons', { token: login.token })).status, 200);
  const out = await call('POST', '/api/v1/auth/logout', { body: { token: login.token } });
  assert.deepEqual([out.status, out.body], [200, { success: true }]);
  const took = await until(async () => (await call('GET', '/api/persons', { token: login.token })).status === 401, 3000);
  assert.ok(took < 2500, `${took} ms`);
  assert.equal((await call('POST', '/api/v1/auth/logout', { body: { token: 'junk' } })).status, 401);
  const b = await call('POST', '/api/auth/login', { body: { email: admin.email, password: admin.password } });
  const outB = await call('POST', '/api/auth/logout', { token: b.body.token });
  assert.equal(outB.body.success, true);
  await until(async () => (await call('GET', '/api/auth/me', { token: b.body.token })).status === 401, 2500);
});

test('auth-sessions: listed, ended one by one; other people\'s look like none', async () => {
  const user = await newUser(admin.tenant, 'staff');
  const second = await call('POST', '/api/auth/login', { body: { email: user.email, password: user.password } });
  const { body } = await call('GET', '/api/v1/auth/sessions', { token: user.token });
  assert.equal(body.total, 2);
  assert.equal(body.sessions.filter((s) => s.current).length, 1);
  const other = body.sessions.find((s) => !s.current);
  const stranger = await newUser(admin.tenant, 'staff');
  assert.equal((await call('DELETE', `/api/v1/auth/sessions/${other.id}`, { token: stranger.token })).status, 404);
  const end = await call('DELETE', `/api/v1/auth/sessions/${other.id}`, { token: user.token });
  assert.deepEqual([end.status, end.body], [200, { success: true }]);
  await until(async () => (await call('GET', '/api/auth/me', { token: second.body.token })).status === 401, 2500);
  assert.equal((await call('GET', '/api/auth/me', { token: user.token })).status, 200);
  assert.equal((await call('DELETE', `/api/v1/auth/sessions/${other.id}`, { token: user.token })).status, 404);
});

test('auth-cookie: a browser session works without a bearer token, and only from its own origin', async () => {
  const login = await call('POST', '/api/auth/login', { body: { email: admin.email, password: admin.password } });
  const Cookie = login.headers.get('set-cookie').split(';')[0];
  assert.equal((await call('GET', '/api/persons', { headers: { Cookie } })).status, 200);
  const foreign = await call('POST', '/api/persons', { headers: { Cookie, Origin: 'https://evil.example', 'Content-Type': 'application/json' }, text: '{}' });
  assert.equal(foreign.status, 403);
  assert.equal(problemOf(foreign).code, 'ORIGIN_REFUSED');
  const own = await call('POST', '/api/persons', { headers: { Cookie, Origin: process.env.BASE_URL, 'Content-Type': 'application/json' }, text: '{}' });
  assert.equal(own.status, 400);
});

test('auth-ticket: 30 seconds, different each time', async () => {
  const a = await call('POST', '/api/v1/auth/ws-ticket', { token: admin.token });
  const b = await call('POST', '/api/v1/auth/ws-ticket', { token: admin.token });
  assert.equal(a.status, 201);
  assert.equal(a.body.expires_in, 30);
  assert.notEqual(a.body.ticket, b.body.ticket);
});

test('auth-reset: the answer is the same for known and unknown addresses; malformed is 400', async () => {
  const known = await call('POST', '/api/v1/auth/password/reset', { body: { email: admin.email } });
  const unknown = await call('POST', '/api/v1/auth/password/reset', { body: { email: `nobody.${unique()}@example.com` } });
  assert.deepEqual([known.status, known.body], [200, { success: true }]);
  assert.deepEqual([unknown.status, unknown.body], [200, { success: true }]);
  const bad = await call('POST', '/api/v1/auth/password/reset', { body: { email: 'nobody' } });
  assert.equal(bad.status, 400);
  assert.equal(bad.body.error.code, 'INVALID_EMAIL');
  const junk = await call('POST', '/api/v1/auth/password/reset/confirm', { body: { token: 'alm_junk', password: 'A-new-passw0rd' } });
  assert.equal(junk.status, 400);
  assert.equal(junk.body.error.code, 'INVALID_RESET_TOKEN');
  const weak = await call('POST', '/api/v1/auth/password/reset/confirm', { body: { token: 'alm_junk', password: 'alllowercase' } });
  assert.equal(weak.status, 400);
});

const segments = (token) => token.split('.');
const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
test('auth-token: forged, altered and foreign tokens are refused', async () => {
  const good = admin.token;
  const [head, payload, signature] = segments(good);
  const keys = (await call('GET', '/.well-known/jwks.json')).body.keys;
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  assert.ok(keys.some((k) => k.kid === header.kid && k.alg === header.alg && !('d' in k)));
  const pem = createPublicKey({ key: keys.find((k) => k.kid === header.kid), format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const hs = `${b64({ ...header, alg: 'HS256' })}.${payload}`;
  const forged = {
    none: `${b64({ ...header, alg: 'none' })}.${payload}.`,
    confusion: `${hs}.${createHmac('sha256', pem).update(hs).digest('base64url')}`,
    role: `${head}.${b64({ ...claimsOf(good), roles: ['admin'], tenant_id: admin.user })}.${signature}`,
    flipped: `${head}.${payload}.${signature.slice(0, -2)}${signature.at(-2) === 'A' ? 'B' : 'A'}${signature.at(-1)}`,
    padded: `${good}=`, fourth: `${good}.x`, empty: 'x', kid: `${b64({ ...header, kid: '../../dev/null' })}.${payload}.${signature}`,
    sql: `${b64({ ...header, kid: "' or 1=1" })}.${payload}.${signature}`, long: 'a'.repeat(7000),
  };
  for (const [what, token] of Object.entries(forged)) {
    const reply = await call('GET', '/api/persons', { token });
    assert.equal(reply.status, 401, what);
    assert.ok(reply.headers.get('www-authenticate')?.startsWith('Bearer'), what);
  }
});

test('auth-rotate: a new key signs, the old one is honoured', async () => {
  const before = await call('POST', '/api/auth/login', { body: { email: admin.email, password: admin.password } });
  execFileSync(process.env.CTL, ['rotate-key'], { stdio: 'ignore' });
  const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
  let after;
  await until(async () => {
    after = await call('POST', '/api/auth/login', { body: { email: admin.email, password: admin.password } });
    return kid(after.body.token) !== kid(before.body.token);
  }, 3000);
  await until(async () => (await call('GET', '/api/persons', { token: after.body.token })).status === 200, 2500);
  assert.equal((await call('GET', '/api/persons', { token: before.body.token })).status, 200);
});

test('auth-roles: viewers read, kiosks do not, staff write', async () => {
  const person = await newPerson(admin.token, {});
  const viewer = await newUser(admin.tenant, 'viewer');
  const kiosk = await newUser(admin.tenant, 'kiosk');
  const staff = await newUser(admin.tenant, 'staff');
  assert.equal((await call('GET', `/api/persons/${person.id}`, { token: viewer.token })).status, 200);
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const refused = await call(method, `/api/persons/${person.id}`, { token: viewer.token, body: { notes: 'x' } });
    assert.equal(refused.status, 403, method);
    assert.equal(problemOf(refused).code, 'FORBIDDEN');
  }
  assert.equal((await call('GET', `/api/persons/${person.id}`, { token: kiosk.token })).status, 403);
  assert.equal((await call('PUT', `/api/persons/${person.id}`, { token: staff.token, body: { notes: 'x' } })).status, 200);
  await sleep(0);
});
