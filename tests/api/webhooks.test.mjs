// Goal: webhooks lose nothing and reach only what they may: real receivers on 127.0.0.9 (the one private address that the tests' stack
// allows), signatures checked by the standard's own library, retries, dead letters, replay, rotation, a killed hookd, other tenants.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Webhook } from 'standardwebhooks';
import { call, newPerson, newTenant, newUser, problemOf, sleep, unique, until, VAR } from './client.mjs';

const HOST = '127.0.0.9';
const path = '/api/v1/webhooks';
const servers = new Set();
after(() => servers.forEach((server) => { server.closeAllConnections?.(); server.close(); }));

/** A receiver that notes what it gets; answer(request, count) gives status and headers, or a promise that hangs. tls: its key and certificate. */
async function receiver(answer = () => 204, tls = null) {
  const got = [];
  const server = (tls ? https : http).createServer({ ...tls }, async (request, reply) => {
    let text = '';
    for await (const piece of request) text += piece;
    const entry = { id: request.headers['webhook-id'], headers: request.headers, method: request.method, text, body: JSON.parse(text), at: Date.now() };
    got.push(entry);
    const [status, headers, body] = [await answer(entry, got.length)].flat();
    reply.writeHead(status, headers).end(body);
  });
  servers.add(server);
  await new Promise((done) => server.listen(0, HOST, done));
  return { server, got, url: `${tls ? 'https' : 'http'}://${HOST}:${server.address().port}/hook?of=test` };
}

async function add(tenant, url, more = {}) {
  const reply = await call('POST', path, { token: tenant.token, body: { url, events: ['persons'], ...more } });
  assert.equal(reply.status, 201, reply.text);
  return reply.body.webhook;
}
const log = async (tenant, hook, query) => (await call('GET', `${path}/${hook.id}/deliveries`, { token: tenant.token, query })).body.deliveries;
const settled = (tenant, hook, count) => until(async () => (await log(tenant, hook)).filter((d) => d.state !== 'pending').length >= count, 15000);

let admin, stranger;
before(async () => {
  admin = await newTenant();
  stranger = await newTenant();
});

test('webhooks-crud: created with a secret that is shown once, changed, deleted', async () => {
  const tenant = await newTenant();
  const created = await call('POST', path, { token: tenant.token, body: { url: 'https://partner.example/hooks', events: ['persons', 'site_created'] } });
  assert.equal(created.status, 201, created.text);
  const { secret, ...hook } = created.body.webhook;
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(created.headers.get('location'), `${path}/${hook.id}`);
  assert.deepEqual({ ...hook, id: 0, created_at: 0, updated_at: 0 },
    { id: 0, url: 'https://partner.example/hooks', events: ['persons', 'site_created'], description: null, enabled: true, disabled_reason: null, created_at: 0, updated_at: 0 });
  assert.deepEqual((await call('GET', `${path}/${hook.id}`, tenant)).body, { webhook: hook });
  assert.deepEqual((await call('GET', path, tenant)).body.webhooks, [hook]);
  const changed = await call('PATCH', `${path}/${hook.id}`, { token: tenant.token, body: { events: ['*'], description: 'all', enabled: false } });
  assert.deepEqual([changed.body.webhook.events, changed.body.webhook.description, changed.body.webhook.enabled], [['*'], 'all', false]);
  assert.equal((await call('PUT', `${path}/${hook.id}`, { token: tenant.token, body: { url: 'https://other.example/' } })).body.webhook.url, 'https://other.example/');
  const off = await call('POST', `${path}/${hook.id}/test`, tenant);
  assert.equal(off.status, 409);
  assert.equal((await call('DELETE', `${path}/${hook.id}`, tenant)).status, 204);
  assert.equal((await call('GET', `${path}/${hook.id}`, tenant)).status, 404);
  const { history } = (await call('GET', `${path}/${hook.id}/history`, tenant)).body;
  assert.deepEqual(history.map((row) => row.change_type), ['delete', 'update', 'update', 'create']);
  assert.ok(!JSON.stringify(history).includes('whsec_'), 'no secret in the history');
});

test('webhooks-idempotency: an answer that shows a secret is kept for no key', async () => {
  const tenant = await newTenant();
  const send = () => call('POST', path, { token: tenant.token, body: { url: 'https://partner.example/', events: ['*'] }, headers: { 'Idempotency-Key': 'the-same' } });
  const [one, two] = [await send(), await send()];
  assert.deepEqual([one.status, two.status], [201, 201]);
  assert.notEqual(one.body.webhook.secret, two.body.webhook.secret);
});

for (const [url, detail] of [
  ['http://partner.example/', 'url must use https'], ['ftp://partner.example/', 'url must use https'], ['file:///etc/passwd', 'url must be a URL'], ['partner.example', 'url must be a URL'],
  ['https://127.0.0.1/', 'url must not name a private address'], ['https://0x7f.1/', 'url must not name a private address'], ['https://2130706433/', 'url must not name a private address'],
  ['https://[::1]/', 'url must not name a private address'], ['https://[::ffff:10.0.0.1]/', 'url must not name a private address'], ['https://169.254.169.254/latest', 'url must not name a private address'],
  ['https://me:pw@partner.example/', 'url must have neither user nor fragment'], ['http://127.0.0.10/', 'url must use https'], [`http://localhost:1/`, 'url must use https']])
  test(`webhooks-url: ${url} is refused`, async () => {
    const reply = await call('POST', path, { token: admin.token, body: { url, events: ['*'] } });
    assert.equal(reply.status, 400, reply.text);
    assert.deepEqual(problemOf(reply).errors.map((e) => [e.pointer, e.detail]), [['/url', detail]]);
  });

test('webhooks-validation: events and secrets', async () => {
  const faults = async (more) => problemOf(await call('POST', path, { token: admin.token, body: { url: 'https://partner.example/', events: ['*'], ...more } })).errors.map((e) => e.pointer);
  assert.deepEqual(await faults({ events: [] }), ['/events']);
  assert.deepEqual(await faults({ events: ['persons', 'Some Thing'] }), ['/events/1']);
  for (const secret of ['whsec_c2hvcnQtYnV0LWxvbmctZW5vdWdo', `sec_${'A'.repeat(44)}`, `whsec_${'A'.repeat(44)}!`, `whsec_${'A'.repeat(43)}\n`])
    assert.deepEqual(await faults({ secret }), ['/secret'], secret);
});

test('webhooks-delivery: signed by the standard, {type, timestamp, data}, only what is wanted, in order', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver();
  const hook = await add(tenant, url);
  const typed = await receiver();
  await add(tenant, typed.url, { events: ['person_deleted'] });
  const person = await newPerson(tenant.token, { notes: 'snow ☃' });
  await call('POST', '/api/v1/sites', { token: tenant.token, body: { name: 'North' } });
  await call('PATCH', `/api/persons/${person.id}`, { token: tenant.token, body: { risk_score: 9 } });
  await until(() => got.length === 2); // a deletion erases what has not been sent
  await call('DELETE', `/api/persons/${person.id}`, tenant);
  await until(() => got.length === 3 && typed.got.length === 1);
  const kinds = got.map((e) => e.body.type);
  assert.equal(kinds[2], 'person_deleted');
  const first = got[0];
  assert.deepEqual(Object.keys(first.body), ['type', 'timestamp', 'data']);
  assert.deepEqual(first.body.data, person);
  assert.equal(first.method, 'POST');
  assert.equal(first.headers['content-type'], 'application/json');
  for (const entry of got) assert.deepEqual(new Webhook(hook.secret).verify(entry.text, entry.headers), entry.body);
  assert.throws(() => new Webhook(hook.secret).verify(first.text.replace('☃', '☂'), first.headers));
  assert.deepEqual(got.map((e) => Number(e.id.split('_')[3])), [1, 3, 4]);
  assert.equal(typed.got[0].id, got[2].id, 'the same event has the same id at each receiver');
  await settled(tenant, hook, 3);
  const deliveries = await log(tenant, hook);
  assert.deepEqual(deliveries.map((d) => [d.event_id, d.type, d.state, d.attempts, d.response_status, d.error, d.next_at]),
    [...got].reverse().map((e) => [e.id, e.body.type, 'delivered', 1, 204, null, null]));
  assert.match(deliveries[0].event, /^\d+\.4$/);
  assert.ok(deliveries.every((d) => d.duration_ms >= 0 && d.duration_ms < 3000));
});

test('webhooks-slow: a receiver that hangs delays no other', async () => {
  const tenant = await newTenant();
  const hanging = await receiver(() => new Promise(() => {}));
  const quick = await receiver();
  const hung = await add(tenant, hanging.url);
  await add(tenant, quick.url);
  for (let i = 0; i < 5; i++) await newPerson(tenant.token);
  const started = Date.now();
  await until(() => quick.got.length === 5, 2000);
  assert.ok(Date.now() - started < 2000);
  await until(() => hanging.got.length >= 1);
  const person = await newPerson(tenant.token), from = Date.now();
  await until(() => quick.got.some((e) => e.body.data.id === person.id), 1500);
  assert.ok(quick.got.at(-1).at - from < 1500, `${quick.got.at(-1).at - from} ms`);
  await until(async () => (await log(tenant, hung)).some((d) => d.error === 'Timeout was reached'), 8000);
  assert.equal(hanging.got.filter((e) => Date.now() - e.at < 500).length <= 1, true, 'one at a time');
});

test('webhooks-retry: failures are tried again until they arrive, and others go before', async () => {
  const tenant = await newTenant();
  const bad = new Set();
  const { got, url } = await receiver((entry) => { if (bad.size === 0) bad.add(entry.id); return bad.has(entry.id) && got.filter((e) => e.id === entry.id).length < 4 ? 500 : 200; });
  const hook = await add(tenant, url);
  await newPerson(tenant.token);
  await newPerson(tenant.token);
  await settled(tenant, hook, 2);
  const [second, first] = await log(tenant, hook);
  assert.deepEqual([first.attempts, first.state, first.response_status], [4, 'delivered', 200]);
  assert.deepEqual([second.attempts, second.state], [1, 'delivered']);
  const times = got.filter((e) => e.id === first.event_id);
  assert.equal(new Set(times.map((e) => e.text)).size, 1, 'the same body each time');
});

test('webhooks-retry-after: is honoured', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver((_, count) => (count === 1 ? [503, { 'Retry-After': '2' }] : 204));
  await add(tenant, url);
  await newPerson(tenant.token);
  await until(() => got.length === 2, 8000);
  const waited = got[1].at - got[0].at;
  assert.ok(waited >= 1950 && waited < 4000, `${waited} ms`);
});

test('webhooks-dead: after all tries a dead letter, which can be sent again', async () => {
  const tenant = await newTenant();
  let well = false;
  const { got, url } = await receiver(() => (well ? 204 : 500));
  const hook = await add(tenant, url);
  await newPerson(tenant.token);
  await until(async () => (await log(tenant, hook, { state: 'dead' })).length === 1, 20000);
  const [dead] = await log(tenant, hook, { state: 'dead' });
  assert.deepEqual([dead.attempts, dead.response_status, dead.error, dead.next_at], [6, 500, 'refused by the receiver', null]);
  assert.equal(got.length, 6);
  const pauses = got.slice(1).map((e, i) => e.at - got[i].at);
  pauses.forEach((pause, i) => assert.ok(pause <= 50 * 2 ** i + 700, `pause ${i} of ${pause} ms`));
  assert.deepEqual(await log(tenant, hook, { state: 'pending' }), []);
  well = true;
  const again = await call('POST', `${path}/${hook.id}/deliveries/${dead.id}/replay`, tenant);
  assert.equal(again.status, 202);
  assert.equal(again.body.delivery_id, dead.id);
  await until(() => got.length === 7);
  assert.equal(got[6].id, got[0].id);
  await until(async () => (await log(tenant, hook))[0].state === 'delivered');
  assert.equal((await call('POST', `${path}/${hook.id}/deliveries/${hook.id}/replay`, tenant)).status, 404);
});

test('webhooks-replay: all that followed a place in the stream', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver();
  const hook = await add(tenant, url);
  for (let i = 0; i < 4; i++) await newPerson(tenant.token);
  await settled(tenant, hook, 4);
  const place = (await log(tenant, hook))[2].event, epoch = place.split('.')[0];
  assert.equal(place, `${epoch}.2`);
  const reply = await call('POST', `${path}/${hook.id}/replay`, { token: tenant.token, body: { since: place } });
  assert.deepEqual([reply.status, reply.body], [202, { since: place, events: 2 }]);
  await until(() => got.length === 6);
  assert.deepEqual(got.slice(4).map((e) => e.id), got.slice(2, 4).map((e) => e.id));
  const status = async (since) => (await call('POST', `${path}/${hook.id}/replay`, { token: tenant.token, body: { since } })).status;
  assert.deepEqual([await status(`${Number(epoch) + 1}.0`), await status('nonsense'), await status('1.')], [410, 400, 400]);
});

test('webhooks-rotation: signed with both secrets during the overlap; a given secret is taken', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver();
  const given = `whsec_${Buffer.from(unique().repeat(3)).toString('base64')}`;
  const hook = await add(tenant, url, { secret: given });
  assert.equal(hook.secret, given);
  const rotated = await call('POST', `${path}/${hook.id}/rotate-secret`, tenant);
  assert.equal(rotated.status, 200, rotated.text);
  assert.notEqual(rotated.body.secret, given);
  const left = Date.parse(rotated.body.previous_until) - Date.now();
  assert.ok(left > 86300000 && left <= 86400000, `${left} ms`);
  await newPerson(tenant.token);
  await until(() => got.length === 1);
  assert.equal(got[0].headers['webhook-signature'].split(' ').length, 2);
  for (const secret of [given, rotated.body.secret]) new Webhook(secret).verify(got[0].text, got[0].headers);
  const { history } = (await call('GET', `${path}/${hook.id}/history`, tenant)).body;
  assert.deepEqual([history[0].change_type, history[0].after_state], ['update', { secret: 'rotated' }]);
});

test('webhooks-test: an event of its own', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver();
  const hook = await add(tenant, url, { events: ['persons'] });
  const reply = await call('POST', `${path}/${hook.id}/test`, tenant);
  assert.equal(reply.status, 202);
  await until(() => got.length === 1);
  assert.equal(got[0].body.type, 'webhook.test');
  assert.deepEqual(got[0].body.data, { webhook_id: hook.id });
  new Webhook(hook.secret).verify(got[0].text, got[0].headers);
  await settled(tenant, hook, 1);
  const [entry] = await log(tenant, hook);
  assert.deepEqual([entry.id, entry.event_id, entry.event], [reply.body.delivery_id, got[0].id, null]);
});

test('webhooks-410: a receiver that is gone is switched off, and on again by hand', async () => {
  const tenant = await newTenant();
  let gone = true;
  const { got, url } = await receiver(() => (gone ? 410 : 204));
  const hook = await add(tenant, url);
  await newPerson(tenant.token);
  await until(async () => !(await call('GET', `${path}/${hook.id}`, tenant)).body.webhook.enabled);
  const off = (await call('GET', `${path}/${hook.id}`, tenant)).body.webhook;
  assert.equal(off.disabled_reason, 'the receiver answered 410 Gone');
  assert.deepEqual((await log(tenant, hook)).map((d) => [d.state, d.attempts]), [['dead', 1]]);
  await newPerson(tenant.token);
  await sleep(700);
  assert.equal(got.length, 1);
  const { history } = (await call('GET', `${path}/${hook.id}/history`, tenant)).body;
  assert.deepEqual([history[0].change_type, history[0].changed_by, history[0].after_state.enabled], ['update', null, false]);
  gone = false;
  const on = (await call('PATCH', `${path}/${hook.id}`, { token: tenant.token, body: { enabled: true } })).body.webhook;
  assert.equal(on.disabled_reason, null);
  await until(() => got.length === 2, 3000);
});

test('webhooks-answers: redirects are not followed, long answers are cut off', async () => {
  const tenant = await newTenant();
  const target = await receiver();
  const moved = await receiver(() => [307, { Location: target.url }]);
  const loud = await receiver(() => [200, {}, 'x'.repeat(5 << 20)]);
  const [a, b] = [await add(tenant, moved.url), await add(tenant, loud.url)];
  await newPerson(tenant.token);
  await settled(tenant, a, 1);
  assert.deepEqual((await log(tenant, a)).map((d) => [d.state, d.response_status, d.error]), [['dead', 307, 'redirects are not followed']]);
  assert.equal(target.got.length, 0);
  await settled(tenant, b, 1);
  assert.deepEqual((await log(tenant, b)).map((d) => [d.state, d.attempts, d.response_status]), [['delivered', 1, 200]]);
});

test('webhooks-ssrf: a name that leads to this machine is not connected to', async () => {
  const tenant = await newTenant();
  let connections = 0;
  const listener = net.createServer((socket) => { connections++; socket.destroy(); });
  servers.add(listener);
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  const hook = await add(tenant, `https://localhost:${listener.address().port}/`);
  await call('POST', `${path}/${hook.id}/test`, tenant);
  await until(async () => (await log(tenant, hook))[0].state === 'dead', 20000);
  assert.deepEqual((await log(tenant, hook)).map((d) => [d.error, d.response_status, d.attempts]), [['the address is not public', null, 6]]);
  assert.equal(connections, 0);
});

test('webhooks-https: sent to whom the certificate names, to nobody else', async () => {
  const tenant = await newTenant();
  const file = process.env.WEBHOOK_CA;
  const own = await receiver(undefined, { cert: readFileSync(file), key: readFileSync(file.replace('.pem', '.key')) });
  const other = await receiver(undefined, { cert: readFileSync(`${VAR}/tls/certificate.pem`), key: readFileSync(`${VAR}/tls/key.pem`) });
  const hook = await add(tenant, own.url), feigned = await add(tenant, other.url);
  const person = await newPerson(tenant.token, {});
  await settled(tenant, hook, 1);
  const [delivery] = await log(tenant, hook);
  assert.deepEqual([delivery.state, delivery.response_status, own.got.length, own.got[0].body.data.id], ['delivered', 204, 1, person.id]);
  new Webhook(hook.secret).verify(own.got[0].text, own.got[0].headers);
  await until(async () => (await log(tenant, feigned))[0]?.attempts > 0, 15000);
  const [refused] = await log(tenant, feigned);
  assert.match(refused.error, /certificate/i);
  assert.deepEqual([refused.response_status, other.got.length], [null, 0]);
});

test('webhooks-retention: the log of deliveries ends with its days', async () => {
  const tenant = await newTenant();
  const { url } = await receiver();
  const hook = await add(tenant, url);
  for (let i = 0; i < 3; i++) await newPerson(tenant.token, {});
  await settled(tenant, hook, 3);
  const [newest, middle, oldest] = await log(tenant, hook);
  const age = (delivery, days) => `UPDATE webhook_deliveries SET created_at = created_at - INTERVAL ${days} DAY WHERE tenant_id = UNHEX('${tenant.tenant.replaceAll('-', '')}') AND seq = ${delivery.event_id.split('_')[3]};`;
  execFileSync('mariadb', ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, 'almoner'], { input: age(oldest, 8) + age(middle, 6) });
  await until(async () => (await log(tenant, hook)).length === 2, 15000);
  assert.deepEqual((await log(tenant, hook)).map((delivery) => delivery.id), [newest.id, middle.id]);
});

test('webhooks-erased: an event that is erased is sent no more', async () => {
  const tenant = await newTenant();
  const { got, url } = await receiver(() => [500, { 'Retry-After': '1' }]);
  const hook = await add(tenant, url);
  const person = await newPerson(tenant.token);
  await until(() => got.length === 1);
  await call('DELETE', `/api/persons/${person.id}`, tenant);
  const updated = async () => (await log(tenant, hook)).find((d) => d.type === 'person_updated');
  await until(async () => (await updated()).state === 'dead', 10000);
  const entry = await updated();
  assert.equal(entry.error, 'the event is no longer kept');
  assert.equal(got.filter((e) => e.body.type === 'person_updated').length, 1);
  assert.equal((await call('POST', `${path}/${hook.id}/deliveries/${entry.id}/replay`, tenant)).status, 410);
});

test('webhooks-epoch: after a restore ids are not used twice, what waits goes on, what was delivered is not repeated', async () => {
  const tenant = await newTenant();
  const ill = new Set();
  const { got, url } = await receiver((entry) => (ill.has(entry.body.data.first_name) ? 503 : 204));
  const hook = await add(tenant, url);
  await newPerson(tenant.token, { first_name: 'Delivered' });
  await settled(tenant, hook, 1);
  ill.add('Waits');
  await newPerson(tenant.token, { first_name: 'Waits' });
  await until(() => got.length >= 2);
  execFileSync(process.env.CTL, ['new-epoch', '--tenant', tenant.tenant]);
  ill.clear();
  await newPerson(tenant.token, { first_name: 'New' });
  await settled(tenant, hook, 3);
  const arrived = got.filter((entry) => !(entry.body.data.first_name === 'Waits' && entry.id === got[1].id));
  assert.deepEqual(arrived.map((entry) => entry.body.data.first_name).sort(), ['Delivered', 'New', 'Waits']);
  const [before, ...later] = ['Delivered', 'Waits', 'New'].map((name) => arrived.find((entry) => entry.body.data.first_name === name).id.split('_'));
  assert.deepEqual([before.at(-1), ...later.map((id) => id.at(-1))], ['1', '2', '3'], 'the numbers go on');
  assert.ok(later.every((id) => Number(id.at(-2)) > Number(before.at(-2))), 'under a new epoch');
  assert.deepEqual((await log(tenant, hook)).map((d) => d.state), ['delivered', 'delivered', 'delivered']);
});

test('webhooks-tenants: nobody else reads, changes or hears', async () => {
  const { got, url } = await receiver();
  const hook = await add(admin, url, { events: ['*'] });
  await newPerson(stranger.token);
  const mine = await newPerson(admin.token);
  await until(() => got.length === 1);
  assert.equal(got[0].body.data.id, mine.id);
  await settled(admin, hook, 1);
  const [entry] = await log(admin, hook);
  const own = await add(stranger, url);
  for (const [method, where, body] of [['GET', ''], ['PATCH', '', { enabled: false }], ['PUT', '', { url: 'https://evil.example/' }], ['DELETE', ''], ['GET', '/deliveries'], ['POST', '/test'],
    ['POST', '/rotate-secret'], ['POST', '/replay', { since: '0.0' }], ['POST', `/deliveries/${entry.id}/replay`]])
    assert.equal((await call(method, `${path}/${hook.id}${where}`, { token: stranger.token, body })).status, 404, `${method} ${where}`);
  assert.equal((await call('POST', `${path}/${own.id}/deliveries/${entry.id}/replay`, stranger)).status, 404);
  for (const role of ['manager', 'staff', 'viewer']) {
    const user = await newUser(admin.tenant, role);
    assert.equal((await call('GET', path, user)).status, 403);
    assert.equal((await call('GET', `${path}/${hook.id}/deliveries`, user)).status, 403);
  }
  assert.equal((await call('GET', `${path}/${hook.id}`, admin)).body.webhook.enabled, true);
});
