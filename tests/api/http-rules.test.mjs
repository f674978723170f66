// Goal: what holds for every route: methods, bodies, headers, tenants, idempotency, limits, nginx's own errors.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { call, newTenant, newPerson, somebody, problemOf, unique, BASE } from './client.mjs';

let token, tenant;
before(async () => { ({ token, tenant } = await newTenant()); });

const json = { 'Content-Type': 'application/json' };

test('http-method: 405 names what is allowed; OPTIONS answers', async () => {
  const wrong = await call('DELETE', '/api/persons', { token });
  assert.equal(wrong.status, 405);
  assert.deepEqual(wrong.headers.get('allow').split(/,\s*/).sort(), ['GET', 'HEAD', 'OPTIONS', 'POST']);
  problemOf(wrong);
  const options = await call('OPTIONS', '/api/persons', {});
  assert.equal(options.status, 204);
});

test('http-path: unknown paths are 404 problems', async () => {
  for (const path of ['/api/persons/x/y/z', '/api/unknown', '/nope'])
    assert.equal(problemOf(await call('GET', path, { token })).status, 404, path);
});

const BAD_BODIES = [
  ['{"a":1,"a":2}', 'duplicate'], ['{', 'cut'], ['', 'empty'], ['[]', 'array'], ['{"a":1e400}', 'range'], ['{}x', 'trailing'],
  ['['.repeat(10000), 'deep'], ['{"first_name":"\ud800"}', 'surrogate'], ['"text"', 'text'], ['nul', 'literal'],
];
for (const [text, what] of BAD_BODIES)
  test(`http-body: ${what} is a 400 with a problem`, async () => {
    const reply = await call('POST', '/api/persons', { token, text, headers: json });
    assert.equal(reply.status, 400);
    assert.equal(typeof problemOf(reply).error, 'string');
  });

test('http-body: another media type is 415, too large is 413', async () => {
  assert.equal((await call('POST', '/api/persons', { token, text: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status, 415);
  const large = await call('POST', '/api/persons', { token, body: somebody({ notes: 'x'.repeat(2 << 20) }) });
  assert.equal(large.status, 413);
  problemOf(large);
});

test('http-id: a request id is accepted or made, and comes back in problems', async () => {
  const given = await call('GET', '/api/persons/person_1', { token, headers: { 'X-Request-Id': 'my-request-0001' } });
  assert.equal(given.headers.get('x-request-id'), 'my-request-0001');
  assert.equal(given.body.request_id, 'my-request-0001');
  const made = await call('GET', '/api/persons', { token, headers: { 'X-Request-Id': 'bad id\tx' } });
  assert.match(made.headers.get('x-request-id'), /^[A-Za-z0-9._-]{8,64}$/);
});

test('http-headers: security headers on every answer, also nginx\'s own', async () => {
  for (const path of ['/api/persons', '/nope', '/api/persons/person_1']) {
    const { headers } = await call('GET', path, { token });
    for (const name of ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'permissions-policy'])
      assert.ok(headers.get(name), `${path} ${name}`);
    assert.ok(!/nginx\/\d/.test(headers.get('server') ?? ''));
  }
});

test('http-auth: no token is 401 with a challenge', async () => {
  const reply = await call('GET', '/api/persons');
  assert.equal(reply.status, 401);
  assert.equal(problemOf(reply).code, 'AUTHENTICATION_REQUIRED');
  assert.ok(reply.headers.get('www-authenticate').startsWith('Bearer'));
});

test('http-tenant: X-Tenant-Id must be the token\'s', async () => {
  assert.equal((await call('GET', '/api/persons', { token, headers: { 'X-Tenant-Id': tenant } })).status, 200);
  const other = await call('GET', '/api/persons', { token, headers: { 'X-Tenant-Id': '79a2b2cf-6133-4f69-8fe2-6230f7108951' } });
  assert.equal(other.status, 403);
  assert.equal(problemOf(other).code, 'TENANT_MISMATCH');
});

test('http-tenant: another tenant\'s record is exactly one that never was', async () => {
  const mine = await newPerson(token, {});
  const other = await newTenant();
  for (const [method, path, body] of [['GET', ''], ['PUT', '', { notes: 'x' }], ['PATCH', '', { notes: 'x' }], ['DELETE', ''], ['GET', '/history'], ['GET', '/risk']]) {
    const theirs = await call(method, `/api/persons/${mine.id}${path}`, { token: other.token, body });
    const never = await call(method, `/api/persons/person_01h455vb4pex5vsknk084sn02q${path}`, { token: other.token, body });
    const shape = (r) => ({ ...r.body, request_id: 0, instance: 0 });
    assert.equal(theirs.status, 404, `${method} ${path}`);
    assert.deepEqual(shape(theirs), shape(never));
  }
  const list = await call('GET', '/api/persons', { token: other.token, query: { q: mine.email } });
  assert.equal(list.body.total, 0);
  assert.deepEqual((await call('GET', `/api/persons/${mine.id}`, { token })).body, mine);
});

test('http-idempotency: the same key replays the first answer; another body is 422', async () => {
  const headers = { 'Idempotency-Key': `key-${unique()}` };
  const body = somebody();
  const first = await call('POST', '/api/persons', { token, body, headers });
  const second = await call('POST', '/api/persons', { token, body, headers });
  assert.equal(first.status, 201);
  assert.equal(second.status, 201);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers.get('idempotency-replayed'), 'true');
  assert.equal(second.headers.get('location'), first.headers.get('location'));
  assert.equal((await call('GET', '/api/persons', { token, query: { q: body.email } })).body.total, 1);
  const other = await call('POST', '/api/persons', { token, body: somebody(), headers });
  assert.equal(other.status, 422);
  assert.equal(problemOf(other).code, 'IDEMPOTENCY_KEY_REUSED');
});

test('http-idempotency: 20 at once make one record', async () => {
  const headers = { 'Idempotency-Key': `key-${unique()}` };
  const body = somebody();
  const replies = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/api/persons', { token, body, headers })));
  const made = replies.filter((r) => r.status === 201);
  assert.ok(made.length >= 1);
  assert.equal(new Set(made.map((r) => r.body.id)).size, 1);
  for (const reply of replies) assert.ok([201, 409].includes(reply.status), `${reply.status}`);
  for (const busy of replies.filter((r) => r.status === 409)) assert.equal(problemOf(busy).code, 'IDEMPOTENCY_IN_FLIGHT');
  assert.equal((await call('GET', '/api/persons', { token, query: { q: body.email } })).body.total, 1);
});

test('http-idempotency: a refused request is not remembered', async () => {
  const headers = { 'Idempotency-Key': `key-${unique()}` };
  assert.equal((await call('POST', '/api/persons', { token, body: {}, headers })).status, 400);
  assert.equal((await call('POST', '/api/persons', { token, body: somebody(), headers })).status, 201);
});

test('http-limits: the budget is told with every answer', async () => {
  const { headers } = await call('GET', '/api/persons', { token });
  assert.match(headers.get('ratelimit-policy'), /^"user";q=\d+;w=60$/);
  assert.match(headers.get('ratelimit'), /^"user";r=\d+;t=\d+$/);
  for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) assert.match(headers.get(name), /^\d+$/, name);
});

test('http-cors: foreign origins get no permission', async () => {
  for (const Origin of ['https://evil.example', 'https://partner.example.evil.example', 'http://partner.example', 'null'])
    for (const path of ['/api/persons', '/api/v1/changes'])
      assert.equal((await call('GET', path, { token, headers: { Origin } })).headers.get('access-control-allow-origin'), null);
});

// CORS_ORIGINS of the tests' stack: https://partner.example.
test('http-cors: configured origins may read and ask before, at modules and at pushd', async () => {
  const Origin = 'https://partner.example';
  for (const [path, methods] of [['/api/persons', ['GET', 'HEAD', 'OPTIONS', 'POST']], ['/api/v1/changes', ['GET', 'HEAD', 'OPTIONS']], ['/api/v1/events/stream', ['GET', 'OPTIONS']]]) {
    const asked = await call('OPTIONS', path, { headers: { Origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' } });
    const list = (name) => asked.headers.get(name).split(/,\s*/).sort();
    assert.deepEqual([asked.status, asked.headers.get('access-control-allow-origin'), asked.headers.get('access-control-allow-credentials')], [204, Origin, 'true'], path);
    assert.deepEqual([list('access-control-allow-methods'), list('allow')], [methods, methods], path);
    for (const header of ['Authorization', 'Last-Event-ID']) assert.ok(list('access-control-allow-headers').includes(header), `${path} ${header}`);
    const told = await fetch(`${BASE}${path}`, { headers: { Origin, Authorization: `Bearer ${token}` } });
    assert.deepEqual([told.status, told.headers.get('access-control-allow-origin'), told.headers.get('vary')?.includes('Origin')], [200, Origin, true], path);
    await told.body.cancel();
    const refused = await call('GET', path, { headers: { Origin } });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [401, Origin], path);
    const plain = await call('OPTIONS', path, { headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' } });
    assert.deepEqual([plain.status, plain.headers.get('access-control-allow-origin'), plain.headers.get('access-control-allow-methods')], [204, null, null], path);
  }
});

test('http-forwarded: forged address headers change nothing', async () => {
  const person = await newPerson(token, {});
  await call('PUT', `/api/persons/${person.id}`, { token, body: { notes: 'x' }, headers: { 'X-Forwarded-For': '6.6.6.6', 'X-Real-IP': '6.6.6.6', Proxy: 'http://6.6.6.6' } });
  const { body } = await call('GET', `/api/persons/${person.id}/history`, { token });
  for (const row of body.history) assert.equal(row.address, '127.0.0.1');
});

function raw(text) {
  const { hostname, port } = new URL(BASE);
  return new Promise((done, fail) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => { answer += data; });
    socket.on('close', () => done(answer));
    socket.on('error', fail);
    socket.setTimeout(5000, () => socket.destroy());
  });
}

test('http-smuggling: two lengths, or length and chunks, are 400', async () => {
  const host = new URL(BASE).host;
  for (const extra of ['Content-Length: 2\r\nContent-Length: 3', 'Content-Length: 2\r\nTransfer-Encoding: chunked'])
    assert.match(await raw(`POST /api/persons HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${extra}\r\n\r\n{}`), /^HTTP\/1.1 400/);
  assert.match(await raw(`TRACE / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1.1 405/);
  assert.match(await raw(`GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1.1 414/);
});

test('http-health: every module says how it is', async () => {
  for (const path of ['/health', '/api/health', '/health/auth', '/health/persons']) {
    const { status, body } = await call('GET', path);
    assert.equal(status, 200, path);
    assert.equal(body.success, true);
    for (const member of ['message', 'timestamp', 'service']) assert.ok(body[member], member);
  }
});

test('http-metrics: Prometheus text a module', async () => {
  const reply = await call('GET', '/metrics/persons', { expected: false });
  assert.equal(reply.status, 200);
  assert.match(reply.text, /^# HELP /m);
});
