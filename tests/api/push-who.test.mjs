// Goal: live updates reach who may hear them, and nobody else: credentials, sites, ends of sessions, caps, requests that are none.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { sign } from 'node:crypto';
import WebSocket from 'ws';
import { BASE, call, newInteraction, newPerson, newTenant, newUser, until, VAR } from './client.mjs';
import { connect, hears, refused } from './socket.mjs';

let admin;
before(async () => { admin = await newTenant(); });

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
});

test('push-plain: a request that is no socket gets the problem of every request', async () => {
  for (const path of ['/ws/persons', '/ws/interactions', `/ws/tenant/${admin.tenant}`]) {
    const plain = await call('GET', path, { token: admin.token, headers: { 'X-Request-Id': 'request-of-the-test' } });
    assert.deepEqual([plain.status, plain.type, plain.body.code, plain.body.instance, plain.body.request_id, plain.body.error.code], [426, 'application/problem+json', 'UPGRADE_REQUIRED', path, 'request-of-the-test', 'UPGRADE_REQUIRED']);
    assert.equal(plain.headers.get('x-request-id'), 'request-of-the-test');
    assert.equal((await call('GET', path)).body.code, 'AUTHENTICATION_REQUIRED');
    assert.equal((await call('POST', path, { token: admin.token, body: {} })).status, 405);
  }
  const { body } = await call('GET', '/health/pushd');
  assert.deepEqual([body.success, body.service, body.checks.database], [true, 'pushd', 'ok']);
});

test('push-edge: what a socket keeps is small, and its handshake may be large', async () => {
  const upgraded = (headers) => new Promise((done, fail) => {
    const socket = new WebSocket(`${BASE.replace('http', 'ws')}/ws/persons`, { headers: { Authorization: `Bearer ${admin.token}`, ...headers } });
    socket.on('upgrade', (reply) => { done(reply.headers); socket.terminate(); }).on('error', fail);
  });
  const head = await upgraded({ 'X-Request-Id': 'i'.repeat(64) });
  assert.deepEqual(Object.keys(head).sort(), ['connection', 'date', 'sec-websocket-accept', 'server', 'upgrade', 'x-content-type-options']);
  for (const length of [1000, 1500, 3000, 7000]) assert.ok((await upgraded({ 'X-Padding': 'p'.repeat(length) }))['sec-websocket-accept'], `${length}`);
  assert.equal((await fetch(`${BASE}/ws/persons`, { headers: { 'X-Padding': 'p'.repeat(9000) } })).status, 431);
});

test('push-edge: the buffer of a socket is the operator\'s to choose, within reason', () => {
  const folder = mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/almoner-edge.`);
  const render = (EDGE_PUSH_BUFFER) => spawnSync('cgi-bin/ctl/stack.sh', ['render'], { env: { ...process.env, VAR: folder, EDGE_PUSH_BUFFER }, encoding: 'utf8' });
  try {
    for (const wrong of ['496', '1000', '64k', '-640', '0640', '100000']) {
      const { status, stderr } = render(wrong);
      assert.notEqual(status, 0, wrong);
      assert.match(stderr, /EDGE_PUSH_BUFFER must be/);
    }
    const pools = [];
    for (const right of ['', '2048', '4096']) {
      const { status, stderr } = render(right);
      assert.equal(status, 0, stderr);
      const routes = readFileSync(`${folder}/nginx/routes.conf`, 'utf8');
      assert.deepEqual([...routes.matchAll(/proxy_buffer_size (\d+);/g)].map((m) => m[1]), Array(6).fill(right || '640'), 'three sockets, with and without more path');
      pools.push(Number(readFileSync(`${folder}/nginx/edge.conf`, 'utf8').match(/request_pool_size (\d+);/)[1]));
    }
    assert.deepEqual(pools.map((size) => size - pools[2]), [640, 2048, 0]);
  } finally { rmSync(folder, { recursive: true }); }
});

test('push-edge: refusals of a socket pass its small buffers, whoever asks', async () => {
  const headers = { Origin: 'https://partner.example', 'X-Request-Id': 'i'.repeat(64) };
  for (const [method, path, status] of [['GET', '/ws/persons', 401], ['GET', `/ws/persons/${'p'.repeat(150)}`, 404], ['DELETE', '/ws/persons', 405]]) {
    const reply = await call(method, path, { headers });
    assert.deepEqual([reply.status, reply.body.status, reply.body.request_id, reply.headers.get('x-content-type-options'), reply.headers.get('access-control-allow-origin')],
      [status, status, headers['X-Request-Id'], 'nosniff', null], path);
  }
  const options = await call('OPTIONS', '/ws/persons', { expected: false, headers: { ...headers, 'Access-Control-Request-Method': 'GET' } });
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, OPTIONS']);
  const page = await call('GET', '/api/v1/changes', { headers });
  assert.deepEqual([page.status, page.headers.get('access-control-allow-origin')], [401, headers.Origin]);
  assert.ok(page.headers.get('content-security-policy'));
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
  assert.deepEqual(missed.map((c) => c.doc.title ?? c.doc.site_interaction_id), [shown.id], 'what it was is erased');
});

test('push-end: a session that ends closes its sockets with 4401', async () => {
  const own = await newTenant();
  const socket = await connect('/ws/persons', own);
  await call('POST', '/api/v1/auth/logout', { token: own.token, body: { token: own.token } });
  await until(() => socket.closed !== null, 6000);
  assert.equal(socket.closed, 4401);
});

/** The same token with other claims, signed as auth signs. */
function signed(token, claims) {
  const [head, payload] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const text = [head, { ...payload, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = readFileSync(`${VAR}/keys/${head.kid}.pem`);
  return `${text}.${sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

test('push-end: a token that expires closes its sockets and streams with it', async () => {
  const own = await newTenant();
  const now = Math.floor(Date.now() / 1000);
  const token = signed(own.token, { iat: now - 100, exp: now - 57 }); // a minute of leeway
  const socket = await connect('/ws/persons', { token });
  const stream = await fetch(`${BASE}/api/v1/events/stream`, { headers: { Authorization: `Bearer ${token}` } });
  const ended = stream.text();
  await until(() => socket.closed !== null, 8000);
  assert.equal(socket.closed, 4401);
  assert.match(await ended, /^event: hello$/m);
  assert.equal(await refused('/ws/persons', { token }), 401);
});

test('push-sites: memberships count from the moment they change', async () => {
  const own = await newTenant();
  const site = (await call('POST', '/api/v1/sites', { token: own.token, body: { name: 'North' } })).body.site.id;
  const member = await newUser(own.tenant, 'staff');
  const socket = await connect(`/ws/tenant/${own.tenant}`, member);
  const titles = () => socket.messages.filter((m) => m.type === 'site_interaction').map((m) => m.doc.title);
  const expected = [];
  for (let i = 0; i < 5; i++) {
    await newInteraction(own.token, site, { title: `Hidden ${i}` });
    await newPerson(own.token, { first_name: `Marker ${i}` }); // who belongs again may read it again
    await hears(socket, (m) => m.doc?.first_name === `Marker ${i}`);
    await call('POST', `/api/v1/sites/${site}/users`, { token: own.token, body: { user_id: member.user, role: 'viewer' } });
    await newInteraction(own.token, site, { title: `Shown ${i}` });
    expected.push(`Shown ${i}`);
    await until(() => titles().length === expected.length, 5000);
    await call('DELETE', `/api/v1/sites/${site}/users/${member.user}`, { token: own.token });
  }
  await newInteraction(own.token, site, { title: 'Hidden for good' });
  await newPerson(own.token, { first_name: 'Last' });
  await hears(socket, (m) => m.doc?.first_name === 'Last');
  assert.deepEqual(titles(), expected);
});

test('push-caps: so many of a user, so many of an address', async () => {
  const own = await newTenant();
  const many = await Promise.allSettled(Array.from({ length: 60 }, () => connect('/ws/persons', own)));
  assert.equal(many.filter((one) => one.status === 'fulfilled').length, 50);
  const refusal = many.find((one) => one.status === 'rejected').reason;
  assert.deepEqual([refusal.status, refusal.body.code], [429, 'RATE_LIMITED']);
  const others = await Promise.all(Array.from({ length: 5 }, () => newUser(own.tenant, 'viewer')));
  const more = await Promise.allSettled(others.flatMap((user) => Array.from({ length: 50 }, () => connect('/ws/persons', user))));
  const statuses = new Set(more.filter((one) => one.status === 'rejected').map((one) => one.reason.status));
  assert.deepEqual([...statuses], [429], 'nginx counts those of an address');
  [...many, ...more].forEach((one) => one.value?.terminate());
});

test('push-limits: heads that never end, and what is no request', async () => {
  const raw = (text) => new Promise((done) => {
    const socket = net.connect(`${VAR}/run/pushd.sock`);
    let reply = '';
    socket.on('data', (data) => (reply += data)).on('close', () => done(reply)).on('error', () => done(reply));
    socket.write(text);
  });
  assert.match(await raw('POST /ws/persons HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 405 /);
  assert.match(await raw('nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.match(await raw('GET /ws/persons HTTP/1.1\r\nno colon\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.equal(await raw(`GET /ws/persons HTTP/1.1\r\nX: ${'x'.repeat(13000)}`), '');
  assert.equal(await raw('GET /ws/persons HTTP/1.1\r\n'), '', 'given up after five seconds');
});
