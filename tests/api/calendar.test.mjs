// Goal: calendars that another reader (ical.js) understands: times in their zones on both sides of a change, one file, private feeds.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import { call, newInteraction, newTenant, newUser, problemOf, until, VAR } from './client.mjs';

let admin, editor, north, south;
before(async () => {
  admin = await newTenant();
  const site = async (name) => (await call('POST', '/api/v1/sites', { token: admin.token, body: { name } })).body.site;
  [north, south] = [await site('North'), await site('South')];
  editor = await newUser(admin.tenant, 'staff');
  await call('POST', `/api/v1/sites/${north.id}/users`, { token: admin.token, body: { user_id: editor.user, role: 'editor' } });
});

/** The events of a calendar with their instants, computed from its own VTIMEZONE alone. */
function read(text) {
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, `folded: ${line}`);
  assert.ok(!/[^\r]\n/.test(text), 'lines end with CRLF');
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zones = Object.fromEntries(calendar.getAllSubcomponents('vtimezone').map((zone) => [zone.getFirstPropertyValue('tzid'), new ICAL.Timezone(zone)]));
  const instant = (property) => {
    const time = property.getFirstValue();
    const tzid = property.getParameter('tzid');
    if (tzid) time.zone = zones[tzid] ?? assert.fail(`no VTIMEZONE ${tzid}`);
    return new Date(time.toUnixTime() * 1000).toISOString().replace('.000', '');
  };
  return calendar.getAllSubcomponents('vevent').map((event) => ({
    uid: event.getFirstPropertyValue('uid'), summary: event.getFirstPropertyValue('summary'), description: event.getFirstPropertyValue('description'),
    location: event.getFirstPropertyValue('location'), sequence: event.getFirstPropertyValue('sequence'), zone: event.getFirstProperty('dtstart').getParameter('tzid'),
    wall: event.getFirstPropertyValue('dtstart').toString(), start: instant(event.getFirstProperty('dtstart')), end: instant(event.getFirstProperty('dtend')),
  }));
}

const file = async (id, token = editor.token) => call('GET', `/api/v1/interactions/${id}.ics`, { token });

// Instants around changes of the offset, in zones with rules of all kinds.
const ROWS = [
  ['Europe/Berlin', '2024-01-18T10:30:00Z', '2024-01-18T11:30:00'], ['Europe/Berlin', '2024-03-31T00:30:00Z', '2024-03-31T01:30:00'],
  ['Europe/Berlin', '2024-03-31T01:30:00Z', '2024-03-31T03:30:00'], ['Europe/Berlin', '2024-10-27T02:00:00Z', '2024-10-27T03:00:00'],
  ['America/New_York', '2024-11-03T12:00:00Z', '2024-11-03T07:00:00'], ['Asia/Kathmandu', '2024-06-01T00:00:00Z', '2024-06-01T05:45:00'],
  ['Australia/Lord_Howe', '2024-04-06T15:30:00Z', '2024-04-07T02:00:00'], ['Africa/Casablanca', '2024-03-20T12:00:00Z', '2024-03-20T12:00:00'],
  ['America/Sao_Paulo', '2018-12-01T12:00:00Z', '2018-12-01T10:00:00'], ['America/Sao_Paulo', '2024-12-01T12:00:00Z', '2024-12-01T09:00:00'],
  ['Pacific/Apia', '2011-12-31T12:00:00Z', '2012-01-01T02:00:00'], ['Europe/London', '2045-07-01T12:00:00Z', '2045-07-01T13:00:00'], ['UTC', '2024-01-18T10:30:00Z', '2024-01-18T10:30:00'],
];
for (const [timezone, start_datetime, wall] of ROWS)
  test(`calendar-zone: ${start_datetime} in ${timezone} is ${wall} there`, async () => {
    const end_datetime = new Date(Date.parse(start_datetime) + 5400000).toISOString().replace('.000', '');
    const { id } = await newInteraction(admin.token, north.id, { timezone, start_datetime, end_datetime });
    const reply = await file(id);
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.headers.get('content-type'), /^text\/calendar; charset=utf-8/);
    const [event] = read(reply.text);
    assert.deepEqual([event.zone, event.wall, event.start, event.end], [timezone, wall, start_datetime, end_datetime]);
  });

// A wall clock that shows 02:30 twice: told in UTC, as readers disagree on which is meant.
for (const start_datetime of ['2024-10-27T00:30:00Z', '2024-10-27T01:30:00Z'])
  test(`calendar-zone: ${start_datetime} in Europe/Berlin, an hour that comes twice`, async () => {
    const { id } = await newInteraction(admin.token, north.id, { start_datetime, end_datetime: '2024-10-27T04:00:00Z' });
    const [event] = read((await file(id)).text);
    assert.deepEqual([event.zone, event.start, event.end], [undefined, start_datetime, '2024-10-27T04:00:00Z']);
  });

test('calendar-text: any script, commas, semicolons and line breaks survive folding and escaping', async () => {
  const texts = { title: 'Réunion; « 会議 », \\ला', description: `${'क्षत्रिय, '.repeat(40)}\nsecond line; with \\ and "quotes"`, location: '東京都, 千代田区' };
  const { id } = await newInteraction(admin.token, north.id, texts);
  const [event] = read((await file(id)).text);
  assert.deepEqual([event.summary, event.description, event.location, event.uid, event.sequence], [texts.title, texts.description.trim(), texts.location, `${id}@almoner`, 0]);
  await call('PUT', `/api/v1/interactions/${id}`, { token: editor.token, body: { title: 'Another title' } });
  assert.deepEqual(read((await file(id)).text).map((e) => [e.summary, e.uid, e.sequence]), [['Another title', `${id}@almoner`, 1]]);
});

test('calendar-file: a site one does not belong to is 404', async () => {
  const { id } = await newInteraction(admin.token, south.id);
  const reply = await file(id);
  assert.equal(reply.status, 404);
  assert.equal(problemOf(reply).code, 'INTERACTION_NOT_FOUND');
  assert.equal((await call('GET', `/api/v1/interactions/${id}.ics`)).status, 401);
});

test('calendar-feed: a private address shows what its user sees; a new one ends the old', async () => {
  const start = new Date(Date.now() + 86400000).toISOString().slice(0, 19) + 'Z';
  const end = new Date(Date.now() + 90000000).toISOString().slice(0, 19) + 'Z';
  const soon = { start_datetime: start, end_datetime: end };
  await newInteraction(admin.token, north.id, { ...soon, title: 'In the north' });
  await newInteraction(admin.token, south.id, { ...soon, title: 'In the south' });
  await newInteraction(admin.token, north.id, { title: 'Long ago' });
  const make = async (who) => {
    const { status, body } = await call('POST', '/api/v1/interactions/feed', { token: who.token });
    assert.equal(status, 201);
    return new URL(body.url).pathname;
  };
  const titles = async (path) => read((await call('GET', path)).text).map((event) => event.summary).sort();
  const first = await make(editor);
  assert.deepEqual(await titles(first), ['In the north']);
  assert.deepEqual(await titles(await make(admin)), ['In the north', 'In the south']);
  const second = await make(editor);
  assert.equal((await call('GET', first)).status, 404);
  assert.deepEqual(await titles(second), ['In the north']);
  await call('POST', `/api/v1/sites/${south.id}/users`, { token: admin.token, body: { user_id: editor.user } });
  assert.deepEqual(await titles(second), ['In the north', 'In the south']);
  assert.equal((await call('DELETE', '/api/v1/interactions/feed', { token: editor.token })).status, 204);
  assert.equal((await call('GET', second)).status, 404);
  assert.equal(problemOf(await call('DELETE', '/api/v1/interactions/feed', { token: editor.token })).code, 'FEED_NOT_FOUND');
});

test('calendar-feed: it ends with its user, and its address is in no log', async () => {
  const who = await newUser(admin.tenant, 'staff');
  const path = new URL((await call('POST', '/api/v1/interactions/feed', { token: who.token })).body.url).pathname;
  assert.equal((await call('GET', path)).status, 200);
  await call('PUT', `/api/v1/users/${who.user}`, { token: admin.token, body: { status: 'disabled' } });
  assert.equal((await call('GET', path)).status, 404);
  const secret = path.match(/alm_[^.]+/)[0];
  const marker = `/api/v1/interactions/${crypto.randomUUID()}.ics`;
  await call('GET', marker, { token: admin.token });
  await until(() => readFileSync(`${VAR}/log/access.log`, 'utf8').includes(marker));
  for (const log of ['access', 'interactions']) assert.ok(!readFileSync(`${VAR}/log/${log}.log`, 'utf8').includes(secret), log);
});
