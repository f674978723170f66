// Goal: walk the served description: for every operation no token is 401, a role that it does not name is 403, another tenant's id is 404,
// a method that it lacks is 405, a malformed body has the family's status.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newInteraction, newTenant, newUser, newPerson, problemOf } from './client.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const document = (await call('GET', '/api/docs', { expected: false })).body;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter((m) => item[m]).map((method) => ({ path, method: method.toUpperCase(), operation: item[method], item })));
const isPublic = ({ operation }) => operation.security?.length === 0;
const rolesOf = ({ operation }) => operation.description.match(/Roles: (.*)$/)?.[1].split(' ') ?? [];
const fill = (path, id) => path.replace(/\{[^}]+\}/g, id);
const idOf = (path) => (path.includes('persons') ? 'person_01h455vb4pex5vsknk084sn02q' : '018d1b2c-3e4f-7a5b-8c6d-7e8f9a0b1c2d');
// Which record an {id} in a path names; each is made below, in the owner's tenant and at the owner's site.
const kinds = ['/api/persons', '/api/cases/escalate', '/api/interactions', '/api/v1/interactions', '/api/v1/cases', '/api/v1/sites/user', '/api/v1/sites', '/api/v1/users', '/api/reports/intervention', '/api/v1/reports',
  '/api/v1/people', '/api/v1/procedures', '/api/v1/credentials', '/api/v1/blocks', '/api/v1/assignments', '/api/v1/webhooks'];
const kindOf = (path) => (/\{id\}/.test(path) ? kinds.find((kind) => path.startsWith(`${kind}/`)) : undefined);
const records = {};
// What lists and searches must be asked, so that they would show those records to whoever may see them.
const ASKED = { query: 'Xylophone', term: 'North', start_date: '2024-01-01', end_date: '2030-12-31', type: 'Meeting', lead: 'Xylophone' };
const needed = (parameters, where) => (parameters ?? []).filter((p) => p.in === where && p.required && p.name in ASKED);
const shown = new Set();

let kiosk, owner, stranger, person, outsider, foreignSite;
before(async () => {
  owner = await newTenant();
  stranger = await newTenant();
  kiosk = await newUser(owner.tenant, 'kiosk');
  person = await newPerson(owner.token, {});
  outsider = await newUser(owner.tenant, 'staff'); // of no site
  const { token } = owner;
  const site = (await call('POST', '/api/v1/sites', { token, body: { name: 'North' } })).body.site;
  const happened = { person_id: person.id, type: 'call', date: '2024-01-18T10:30:00Z' };
  records['/api/persons'] = records['/api/cases/escalate'] = records['/api/reports/intervention'] = person.id;
  records['/api/v1/reports'] = (await call('POST', `/api/reports/intervention/${person.id}`, { token })).body.report_id;
  records['/api/v1/sites'] = site.id;
  records['/api/v1/users'] = records['/api/v1/sites/user'] = owner.user;
  records['/api/interactions'] = (await call('POST', '/api/interactions', { token, body: happened })).body.id;
  records['/api/v1/interactions'] = (await newInteraction(token, site.id, { lead: 'Xylophone' })).id;
  const soon = (hours) => new Date(Date.now() + hours * 3600000).toISOString();
  records.upcoming = (await newInteraction(token, site.id, { lead: 'Xylophone', start_datetime: soon(1), end_datetime: soon(2) })).id;
  foreignSite = (await call('POST', '/api/v1/sites', { token: stranger.token, body: { name: 'Far' } })).body.site.id;
  const add = async (path, body) => (records[path] = (await call('POST', path, { token, body })).body.id);
  const learner = await add('/api/v1/people', { name: 'PGY1', type: 'resident', pgy_level: 1 });
  const faculty_id = await add('/api/v1/people', { name: 'FAC', type: 'faculty' });
  const procedure_id = await add('/api/v1/procedures', { name: 'Basic Life Support' });
  await add('/api/v1/credentials', { faculty_id, procedure_id, credential_type: 'BLS' });
  const block_id = await add('/api/v1/blocks', { date: '2024-07-01', time_of_day: 'AM' });
  await add('/api/v1/assignments', { block_id, person_id: learner, role: 'resident', activity_name: 'Clinic' });
  records['/api/v1/webhooks'] = (await call('POST', '/api/v1/webhooks', { token, body: { url: 'https://partner.example/', events: ['*'], enabled: false } })).body.webhook.id;
  records['/api/v1/cases'] = (await call('POST', `/api/cases/escalate/${person.id}`, { token })).body.case_id;
});

test('walk-document: it describes every module', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.ok(operations.length >= 25, `${operations.length} operations`);
  const ids = operations.map((o) => o.operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
});

for (const entry of operations) {
  const { path, method, operation, item } = entry;
  const media = Object.keys(operation.requestBody?.content ?? {})[0];
  const send = (options) => call(method, fill(path, options.id ?? idOf(path)), {
    ...options, ...(media ? { text: options.text ?? '{}', headers: { 'Content-Type': media } } : {}) });

  if (!isPublic(entry)) {
    test(`walk-401: ${method} ${path} without a token`, async () => {
      const reply = await send({});
      assert.equal(reply.status, 401);
      problemOf(reply);
    });
    if (!rolesOf(entry).includes('kiosk'))
      test(`walk-403: ${method} ${path} as a kiosk`, async () => {
        const reply = await send({ token: kiosk.token });
        assert.equal(reply.status, 403);
        problemOf(reply);
      });
  }
  const kind = kindOf(path);
  if (kind) {
    const example = operation.requestBody?.content[media]?.example;
    const text = media ? JSON.stringify(example ?? {}) : undefined;
    test(`walk-404: ${method} ${path} of another tenant`, async () => {
      const reply = await send({ token: stranger.token, id: records[kind], text });
      // Nobody sets another's password, not even an admin: that is refused before anything is looked up.
      assert.equal(reply.status, path.endsWith('/password') ? 403 : 404, reply.text);
      assert.match(problemOf(reply).code, path.endsWith('/password') ? /^FORBIDDEN$/ : /_NOT_FOUND$/);
    });
    if (['/api/v1/interactions', '/api/v1/sites'].includes(kind) && (kind !== '/api/v1/sites' || !path.endsWith('/history')))
      test(`walk-site: ${method} ${path} of a site one does not belong to`, async () => {
        const reply = await send({ token: outsider.token, id: records[kind], text });
        const adminsOnly = !rolesOf(entry).includes('staff');
        assert.equal(reply.status, adminsOnly ? 403 : 404, reply.text);
      });
  }
  if (media === 'application/json')
    test(`walk-body: ${method} ${path} with a malformed body`, async () => {
      const id = path.includes('persons') ? person.id : undefined;
      const reply = await send({ token: owner.token, id, text: '{"a":' });
      assert.equal(reply.status, 400);
      assert.equal(problemOf(reply).code, 'MALFORMED_JSON');
    });
  const ofSites = (operation.parameters ?? []).some((p) => p.name === 'X-Site-ID');
  const listed = operation.responses[200]?.content?.['application/json']; // what streams has no end to wait for
  if (!isPublic(entry) && listed && !/\{(id|secret|name)\}/.test(path) && (method === 'GET' || path === '/api/v1/search/advanced')) {
    const where = needed(operation.parameters, 'path').reduce((text, { name }) => text.replace(`{${name}}`, encodeURIComponent(ASKED[name])), path);
    const query = Object.fromEntries(needed(operation.parameters, 'query').map(({ name }) => [name, ASKED[name]]));
    const found = async ({ token }, headers = {}) => {
      const reply = await call(method, where, { token, query, headers, ...(method === 'POST' && { body: {} }) });
      return Object.entries(records).filter(([, id]) => reply.status === 200 && reply.text.includes(id)).map(([kind]) => kind);
    };
    test(`walk-list: ${method} ${path} shows nothing of another tenant${ofSites ? ', or of a site one does not belong to' : ''}`, async () => {
      if ((await found(owner)).length) shown.add(`${method} ${path}`);
      assert.deepEqual(await found(stranger), []);
      if (ofSites) assert.deepEqual(await found(outsider), []);
    });
    if (ofSites)
      test(`walk-list: ${method} ${path} at another tenant's site is refused`, async () => {
        const reply = await call(method, where, { token: owner.token, query, headers: { 'X-Site-ID': foreignSite }, ...(method === 'POST' && { body: {} }) });
        assert.equal(reply.status, 403, reply.text);
        problemOf(reply);
      });
  }
  const lacking = METHODS.find((m) => !item[m]);
  if (lacking && method === METHODS.filter((m) => item[m])[0].toUpperCase())
    test(`walk-405: ${lacking.toUpperCase()} ${path}`, async () => {
      const reply = await call(lacking.toUpperCase(), fill(path, idOf(path)), { token: owner.token });
      assert.equal(reply.status, 405);
      problemOf(reply);
    });
}

test('walk-list: what was looked for is there to be found', () => {
  assert.ok(shown.size >= 22, `${shown.size}: ${[...shown].join(', ')}`);
  for (const path of ['/api/persons', '/api/interactions', '/api/v1/interactions', '/api/v1/search/interactions', '/api/v1/search/date-range', '/api/v1/search/interactions/dates', '/api/v1/search/type/{type}',
    '/api/v1/search/lead/{lead}', '/api/v1/search/upcoming', '/api/v1/search/recent', '/api/v1/cases', '/api/v1/reports', '/api/v1/sites', '/api/v1/sites/search', '/api/v1/users'])
    assert.ok(shown.has(`GET ${path}`), path);
  assert.ok(shown.has('POST /api/v1/search/advanced'));
});
