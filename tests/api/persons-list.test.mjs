// Goal: lists of persons: the seed's envelope, filters, ranges, sorting, both kinds of paging, exact totals.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newPerson, problemOf, sleep } from './client.mjs';

const LEVELS = ['low', 'moderate', 'high', 'critical'];
let token;
const people = [];

const list = async (query = {}) => {
  const { status, body, headers } = await call('GET', '/api/persons', { token, query });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body, names: body.persons.map((p) => p.last_name), headers };
};

before(async () => {
  ({ token } = await newTenant());
  for (let i = 0; i < 24; i++)
    people.push(await newPerson(token, {
      first_name: i % 2 ? 'Ünal' : 'Bob', last_name: `L${String(i).padStart(2, '0')}`, email: `p${i}.${i % 3 ? 'north' : 'south'}@example.com`,
      status: i % 4 === 0 ? 'flagged' : 'active', risk_level: LEVELS[i % 4], risk_score: i * 4, tags: i % 2 ? 'odd,all' : 'even,all', notes: 'n',
    }));
});

test('persons-list: the seed\'s envelope and defaults, newest first', async () => {
  const all = await list();
  assert.deepEqual([all.total, all.page, all.per_page], [24, 1, 50]);
  assert.equal(all.persons.length, 24);
  assert.deepEqual(all.persons.find((p) => p.id === people[3].id), people[3]);
  assert.equal(all.headers.get('x-total-count'), '24');
});

test('persons-list: filters by status, risk level, tag, score; several at once', async () => {
  assert.equal((await list({ status: 'flagged' })).total, 6);
  assert.equal((await list({ risk_level: 'critical' })).total, 6);
  assert.equal((await list({ risk_level: 'critical,high' })).total, 12);
  assert.equal((await list({ status: 'flagged', risk_level: 'low' })).total, 6);
  assert.equal((await list({ status: 'inactive' })).total, 0);
  assert.deepEqual((await list({ status: 'inactive' })).persons, []);
  assert.equal((await list({ tag: 'odd' })).total, 12);
  assert.equal((await list({ tag: 'odd', risk_level: 'critical' })).total, 6);
  assert.equal((await list({ tag: 'od' })).total, 0);
  assert.equal((await list({ min_risk_score: 80 })).total, 4);
  assert.equal((await list({ min_risk_score: 80, max_risk_score: 84 })).total, 2);
});

test('persons-list: q finds parts of names and addresses, without case and accents; all words must match', async () => {
  assert.equal((await list({ q: 'unal' })).total, 12);
  assert.equal((await list({ q: 'NORTH@' })).total, 16);
  assert.equal((await list({ q: 'bob l02' })).total, 1);
  assert.equal((await list({ q: '%' })).total, 0);
  assert.equal((await list({ q: '_' })).total, 0);
  assert.equal((await list({ q: '\\' })).total, 0);
});

test('persons-list: ranges of times are inclusive, a bare date is the whole day', async () => {
  const day = people[0].created_at.slice(0, 10);
  const last = people[23].created_at.slice(0, 10);
  assert.equal((await list({ created_at_from: day, created_at_to: last })).total, 24);
  assert.equal((await list({ created_at_from: people[23].created_at })).persons.some((p) => p.id === people[23].id), true);
  assert.equal((await list({ created_at_to: '2001-01-01' })).total, 0);
  assert.equal((await list({ updated_at_from: '2001-01-01T00:00:00+02:00' })).total, 24);
});

test('persons-list: sorts by the UI\'s words and by any field, up and down', async () => {
  assert.deepEqual((await list({ sort: 'risk', per_page: 3 })).names, ['L23', 'L22', 'L21']);
  assert.deepEqual((await list({ sort: 'risk_score', per_page: 3 })).names, ['L00', 'L01', 'L02']);
  assert.deepEqual((await list({ sort: 'name', per_page: 2 })).names, ['L00', 'L02']);
  assert.deepEqual((await list({ sort: '-last_name', per_page: 2 })).names, ['L23', 'L22']);
  assert.equal((await list({ sort: 'recent' })).persons.length, 24);
  assert.equal((await list({ sort: 'interactions' })).persons.length, 24);
});

for (const sort of ['', 'name', 'risk', 'risk_score', '-status', 'created_at', 'recent'])
  test(`persons-list: a cursor walks ${sort || 'the default order'} without gap or repeat`, async () => {
    const seen = [];
    let cursor;
    for (let round = 0; round < 10; round++) {
      const page = await list({ ...(sort ? { sort } : {}), per_page: 5, ...(cursor ? { cursor } : {}) });
      assert.equal(page.total, 24);
      seen.push(...page.persons.map((p) => p.id));
      cursor = page.next_cursor;
      if (!cursor) break;
    }
    assert.equal(seen.length, 24);
    assert.equal(new Set(seen).size, 24);
    const whole = await list(sort ? { sort } : {});
    assert.deepEqual(seen, whole.persons.map((p) => p.id));
  });

test('persons-list: pages by number, with Link headers', async () => {
  const second = await list({ page: 2, per_page: 10, sort: 'risk_score' });
  assert.deepEqual([second.page, second.per_page, second.total, second.persons.length], [2, 10, 24, 10]);
  assert.equal(second.names[0], 'L10');
  const link = second.headers.get('link');
  assert.match(link, /rel="?next"?/);
  assert.match(link, /rel="?prev"?/);
  assert.equal((await list({ page: 3, per_page: 10 })).persons.length, 4);
  assert.equal((await list({ page: 9, per_page: 10 })).persons.length, 0);
  assert.equal((await list({ limit: 7 })).persons.length, 7);
  assert.equal((await list({ limit: 7, skip: 20 })).persons.length, 4);
});

test('persons-list: paging out of range is clamped (family P)', async () => {
  assert.equal((await list({ page: -1 })).page, 1);
  assert.equal((await list({ per_page: 100000 })).per_page, 200);
  assert.equal((await list({ per_page: 0 })).persons.length > 0, true);
});

test('persons-list: fields= narrows, id stays', async () => {
  const page = await list({ fields: 'name,risk_level', per_page: 1 });
  assert.deepEqual(Object.keys(page.persons[0]).sort(), ['id', 'name', 'risk_level']);
});

test('persons-list: unknown and bad parameters are 400 and named', async () => {
  const unknown = await call('GET', '/api/persons', { token, query: { colour: 'blue' } });
  assert.equal(unknown.status, 400);
  assert.equal(problemOf(unknown).code, 'UNKNOWN_PARAMETER');
  assert.match(unknown.body.detail, /risk_level/);
  for (const query of [{ status: 'asleep' }, { min_risk_score: 'ten' }, { created_at_from: 'yesterday' }, { sort: 'colour' }, { sort: 'notes' }, { cursor: 'junk' }, { fields: 'nope' }]) {
    const reply = await call('GET', '/api/persons', { token, query });
    assert.equal(reply.status, 400, JSON.stringify(query));
    problemOf(reply);
  }
  const twice = await call('GET', '/api/persons?status=active&status=flagged', { token });
  assert.equal(twice.status, 400);
  const broken = await call('GET', '/api/persons?q=%ff', { token });
  assert.equal(broken.status, 400);
});

test('persons-list: a cursor of one order is refused by another', async () => {
  const { next_cursor: cursor } = await list({ sort: 'name', per_page: 5 });
  const reply = await call('GET', '/api/persons', { token, query: { sort: 'risk', cursor } });
  assert.equal(reply.status, 400);
});

test('persons-list: the list\'s ETag changes with any change, and with nothing else', async () => {
  const first = await call('GET', '/api/persons', { token, query: { per_page: 2 } });
  const etag = first.headers.get('etag');
  assert.ok(etag);
  const same = await call('GET', '/api/persons', { token, query: { per_page: 2 }, headers: { 'If-None-Match': etag } });
  assert.equal(same.status, 304);
  await call('PUT', `/api/persons/${people[7].id}`, { token, body: { notes: 'moved' } });
  const other = await call('GET', '/api/persons', { token, query: { per_page: 2 }, headers: { 'If-None-Match': etag } });
  assert.equal(other.status, 200);
});

test('persons-list: totals stay exact through creates, updates and deletes', async () => {
  const totals = async () => Promise.all([{}, { status: 'active' }, { status: 'inactive' }, { risk_level: 'low' }, { q: 'zz-top' }].map(async (q) => (await list(q)).total));
  const before = await totals();
  const person = await newPerson(token, { last_name: 'zz-top', status: 'active', risk_level: 'low' });
  assert.deepEqual(await totals(), [before[0] + 1, before[1] + 1, before[2], before[3] + 1, 1]);
  await call('PUT', `/api/persons/${person.id}`, { token, body: { status: 'inactive', risk_level: 'high' } });
  assert.deepEqual(await totals(), [before[0] + 1, before[1], before[2] + 1, before[3], 1]);
  await call('DELETE', `/api/persons/${person.id}`, { token });
  assert.deepEqual(await totals(), [...before.slice(0, 4), 0]);
});

// The total comes with the page, or, for who asks whether anything has changed, before it.
test('persons-list: total and tag are the same with and without a condition, before and after a fold', async () => {
  const { token } = await newTenant();
  const look = async (query) => {
    const [plain, asked] = [await call('GET', '/api/persons', { token, query }), await call('GET', '/api/persons', { token, query, headers: { 'If-None-Match': '"other"' } })];
    assert.equal(asked.status, 200);
    return { plain: [plain.body.total, plain.body.persons.map((p) => p.id), plain.headers.get('etag')], asked: [asked.body.total, asked.body.persons.map((p) => p.id), asked.headers.get('etag')] };
  };
  const same = async (query, total, count) => {
    for (let i = 0; i < 5; i++) { // a fold in between changes the tag, but not for long
      const { plain, asked } = await look(query);
      assert.deepEqual([plain[0], plain[1].length, asked[0]], [total, count, total], JSON.stringify(query));
      if (plain[2] === asked[2]) return assert.deepEqual(plain[1], asked[1]);
    }
    assert.fail(`the tags differ for ${JSON.stringify(query)}`);
  };
  await same({}, 0, 0);
  for (let i = 0; i < 5; i++) await newPerson(token, { risk_level: i % 2 ? 'high' : 'low' });
  for (const pause of [0, 1500]) {
    await sleep(pause);
    await same({ per_page: 2 }, 5, 2);
    await same({ per_page: 2, page: 3 }, 5, 1);
    await same({ per_page: 2, page: 9 }, 5, 0);
    await same({ risk_level: 'low' }, 3, 3);
    await same({ risk_level: 'high', per_page: 1 }, 2, 1);
    await same({ risk_level: 'critical' }, 0, 0);
  }
  const cursor = (await call('GET', '/api/persons', { token, query: { per_page: 2 } })).body.next_cursor;
  if (cursor) await same({ per_page: 2, cursor }, 5, 2);
  const [person] = (await call('GET', '/api/persons', { token })).body.persons;
  await call('DELETE', `/api/persons/${person.id}`, { token });
  await same({}, 4, 4);
});
