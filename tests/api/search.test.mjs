// Goal: searching the texts of interactions: every script, prefixes, typing errors, order, marks, sites, and an index that follows every change.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { BASE, call, newInteraction, newTenant, newUser, problemOf, until, VAR } from './client.mjs';

const SEARCH = '/api/v1/search/interactions';
let admin, north, south, member, nobody;

before(async () => {
  admin = await newTenant();
  const site = async (name) => (await call('POST', '/api/v1/sites', { token: admin.token, body: { name } })).body.site.id;
  [north, south] = [await site('North'), await site('South')];
  member = await newUser(admin.tenant, 'staff');
  nobody = await newUser(admin.tenant, 'staff');
  await call('POST', `/api/v1/sites/${north}/users`, { token: admin.token, body: { user_id: member.user, role: 'viewer' } });
});

const add = (changes, site = north, token = admin.token) => newInteraction(token, site, changes);
const find = (query, { token = admin.token, ...more } = {}) => call('GET', SEARCH, { token, query: { query, ...more } });
const titles = async (query, options) => (await find(query, options)).body.results.map((r) => r.title);

test('search-fields: each text of an interaction is found, with its marks', async () => {
  const made = await add({ title: 'Zebra crossing', lead: 'Quentin Xylander', location: 'Wombat lodge', description: 'About the yak & the <gnu>', notes: 'Ibex seen' });
  for (const [query, field, marked] of [
    ['zebra', 'title', '<mark>Zebra</mark> crossing'], ['xylander', 'lead', 'Quentin <mark>Xylander</mark>'],
    ['WOMBAT', 'location', '<mark>Wombat</mark> lodge'], ['gnu', 'description', 'About the yak &amp; the &lt;<mark>gnu</mark>&gt;'], ['ibex', 'notes', '<mark>Ibex</mark> seen']]) {
    const { status, body } = await find(query);
    assert.equal(status, 200);
    assert.deepEqual([body.total, body.total_is_minimum, body.page, body.results.length], [1, false, 1, 1], query);
    const { highlights, ...record } = body.results[0];
    assert.deepEqual(highlights, { [field]: marked });
    assert.deepEqual(record, made);
  }
});

const scripts = [
  ['Arabic', 'زيارة منزلية', 'تحدثنا مع العائلة عن المدرسة', ['المدرسة', 'العائ']],
  ['Arabic with vowel marks', 'كَتَبَ الوَلَدُ', 'النصُّ المُشَكَّلُ هنا', ['كتب', 'المشكل']],
  ['Chinese', '家庭访问', '我们讨论了会议室里的安排', ['会议室', '安排', '访', '家庭访问']],
  ['Japanese', '家庭訪問の記録', 'ミーティングで確認しました', ['ミーティング', '確認', '訪問']],
  ['Korean', '가정 방문', '학교에 대해 이야기했다', ['학교에', '방문', '이야']],
  ['Thai', 'เยี่ยมบ้าน', 'เราคุยกันเรื่องโรงเรียน', ['โรงเรียน', 'เยี่ยม']],
  ['Devanagari', 'घर का दौरा', 'हमने विद्यालय के बारे में बात की', ['विद्यालय', 'दौरा', 'विद्या']],
  ['Cyrillic', 'Домашний визит', 'Мы говорили о школе', ['ШКОЛЕ', 'визит', 'домаш']],
  ['Greek', 'Επίσκεψη στο σπίτι', 'Μιλήσαμε για το σχολείο', ['επισκεψη', 'ΣΧΟΛΕΊΟ']],
  ['Hebrew', 'ביקור בית', 'דיברנו על בית הספר', ['הספר', 'ביק']],
  ['Georgian', 'ვიზიტი სახლში', 'ვისაუბრეთ სკოლაზე', ['სკოლაზე']],
  ['Vietnamese', 'Thăm nhà', 'Chúng tôi nói về trường học', ['truong', 'trường', 'THĂM']],
  ['German', 'Straßenfest', 'Größere Übung geplant', ['strasse', 'ubung', 'ÜBUNG', 'grossere']],
  ['full width', 'Ｒｅｖｉｅｗ meeting', 'Ｔｈｅ ｆｉｒｓｔ ｏｎｅ of all', ['first']],
];
for (const [name, title, description, queries] of scripts)
  test(`search-scripts: ${name}`, async () => {
    await add({ title: title.padEnd(5, '.'), description });
    for (const query of queries) {
      const { body } = await find(query);
      assert.ok(body.results.some((r) => r.title === title.padEnd(5, '.')), `${query}: ${JSON.stringify(body).slice(0, 200)}`);
      assert.ok(body.results.every((r) => Object.values(r.highlights).some((h) => h.includes('<mark>'))), query);
    }
  });

test('search-scripts: pairs of Chinese letters are marked as one, what only resembles is not found', async () => {
  const { body } = await find('会议室');
  assert.equal(body.results[0].highlights.description, '我们讨论了<mark>会议室</mark>里的安排');
  assert.equal((await find('会议厅')).body.total, 0);
});

test('search-rank: title before text, as written before continued, newest first', async () => {
  await add({ title: 'Plain old one', description: 'The quokkas were mentioned' });
  await add({ title: 'Plain text one', description: 'The quokka was mentioned' });
  await add({ title: 'First quokka', description: 'Nothing of interest' });
  await add({ title: 'Quokkas again', description: 'Nothing of interest' });
  await add({ title: 'Second quokka', description: 'Nothing of interest' });
  assert.deepEqual(await titles('quokka'), ['Second quokka', 'First quokka', 'Plain text one', 'Quokkas again', 'Plain old one']);
  assert.deepEqual(await titles('quokka', { page_size: 2, page: 2 }), ['Plain text one', 'Quokkas again']);
  const { body, headers } = await find('quokka', { page_size: 2, page: 3 });
  assert.deepEqual([body.total, body.page, body.page_size, body.results.length], [5, 3, 2, 1]);
  assert.equal(headers.get('x-total-count'), '5');
  assert.deepEqual((await find('quokka', { page_size: 2, page: 9 })).body.results, []);
});

test('search-prefix: from two letters on, the last word may be unfinished', async () => {
  await add({ title: 'Kingfisher walk', description: 'Along the riverside path' });
  for (const query of ['ki', 'kin', 'kingf', 'riverside kingf', 'walk riv'])
    assert.deepEqual(await titles(query), ['Kingfisher walk'], query);
  assert.deepEqual(await titles('kingf riverside'), [], 'only the last word');
});

test('search-typos: a letter more, less, other, in another place', async () => {
  await add({ title: 'Housekeeping', description: 'The pharmacist brought the medicine' });
  for (const query of ['pharmcist', 'pharmacyst', 'pharmaccist', 'phramacist', 'parmhacist', 'medecine', 'housekeping', 'pharmcist medecine'])
    assert.deepEqual(await titles(query), ['Housekeeping'], query);
  await add({ title: 'Short words', description: 'A gnat sat on the mat' });
  assert.deepEqual(await titles('gnta'), ['Short words']);
  assert.deepEqual(await titles('tang'), [], 'two errors in a short word are another word');
  const { body } = await find('pharmcist');
  assert.equal(body.results[0].highlights.description, 'The <mark>pharmacist</mark> brought the medicine');
});

test('search-all: every word must be there, in any order and field', async () => {
  await add({ title: 'Osprey report', description: 'With a photo of the nest' });
  await add({ title: 'Osprey count', description: 'Without any picture' });
  assert.deepEqual(await titles('nest osprey'), ['Osprey report']);
  assert.deepEqual(await titles('osprey'), ['Osprey count', 'Osprey report']);
  assert.deepEqual(await titles('osprey nest elephantine'), []);
  assert.deepEqual(await titles('osprey, osprey! (OSPREY)'), ['Osprey count', 'Osprey report']);
});

test('search-sites: only records of sites that one belongs to, in results and totals', async () => {
  await add({ title: 'Heron in north', description: 'A secret of the north' }, north);
  await add({ title: 'Heron in south', description: 'A secret of the south' }, south);
  const seen = async (token, headers) => {
    const { body } = await call('GET', SEARCH, { token, headers, query: { query: 'heron' } });
    return [body.results.map((r) => r.title), body.total];
  };
  assert.deepEqual(await seen(admin.token), [['Heron in south', 'Heron in north'], 2]);
  assert.deepEqual(await seen(member.token), [['Heron in north'], 1]);
  assert.deepEqual(await seen(nobody.token), [[], 0]);
  assert.deepEqual(await seen(admin.token, { 'X-Site-ID': south }), [['Heron in south'], 1]);
  assert.equal((await call('GET', SEARCH, { token: member.token, query: { query: 'heron', site_id: south } })).status, 403);
  const stranger = await newTenant();
  assert.deepEqual(await seen(stranger.token), [[], 0]);
  assert.equal((await call('GET', SEARCH, { token: stranger.token, query: { query: 'heorn' } })).body.total, 0, 'no other tenant\'s words correct mine');
});

test('search-sites: a member of more sites than a statement lists finds theirs', async () => {
  const wanderer = await newUser(admin.tenant, 'staff');
  for (let i = 0; i < 10; i++) {
    const { id } = (await call('POST', '/api/v1/sites', { token: admin.token, body: { name: `Wander ${i}` } })).body.site;
    await call('POST', `/api/v1/sites/${id}/users`, { token: admin.token, body: { user_id: wanderer.user, role: 'viewer' } });
    await add({ title: `Wagtail ${i}` }, id);
  }
  await add({ title: 'Wagtail elsewhere' }, south);
  assert.deepEqual(await titles('wagtail', { token: wanderer.token }), Array.from({ length: 10 }, (_, i) => `Wagtail ${9 - i}`));
});

test('search-change: the index follows changes, deletion and restoring', async () => {
  const { id } = await add({ title: 'Pelican one', description: 'The original text of it' });
  const path = `/api/v1/interactions/${id}`;
  assert.equal((await call('PATCH', path, { token: admin.token, body: { title: 'Cormorant one', notes: 'pelican in the notes' } })).status, 200);
  assert.deepEqual([await titles('cormorant'), await titles('pelican')], [['Cormorant one'], ['Cormorant one']]);
  assert.deepEqual((await find('pelican')).body.results[0].highlights, { notes: '<mark>pelican</mark> in the notes' });
  await call('PATCH', path, { token: admin.token, body: { notes: null } });
  assert.deepEqual(await titles('pelican'), []);
  await call('PATCH', path, { token: admin.token, body: { type: 'Call' } });
  assert.deepEqual(await titles('cormorant'), ['Cormorant one']);
  await call('DELETE', path, { token: admin.token });
  assert.deepEqual(await titles('cormorant'), []);
  assert.equal((await call('POST', `${path}/restore/1`, { token: admin.token })).status, 200);
  assert.deepEqual([await titles('pelican'), await titles('cormorant')], [['Pelican one'], []]);
  await call('POST', `${path}/restore/2`, { token: admin.token });
  assert.deepEqual([await titles('pelican'), await titles('cormorant')], [['Cormorant one'], ['Cormorant one']]);
});

test('search-change: words that nobody uses any more are forgotten', async () => {
  const { id } = await add({ title: 'Marker zyzzyvaword' });
  const dump = () => execFileSync('mariadb', ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', '-e', "SELECT COUNT(*) FROM search_terms WHERE term LIKE '%zyzzyva%'", 'almoner']).toString().trim();
  assert.equal(dump(), '2');
  await call('DELETE', `/api/v1/interactions/${id}`, { token: admin.token });
  await until(() => dump() === '0', 60000);
});

test('search-refused: bad questions, and what is no word', async () => {
  const refused = async (query) => problemOf(await call('GET', SEARCH, { token: admin.token, query }));
  assert.deepEqual((await refused({})).errors.map((e) => e.pointer), ['query']);
  assert.equal((await refused({ query: '' })).status, 400);
  assert.equal((await refused({ query: 'x'.repeat(501) })).status, 400);
  assert.equal((await refused({ query: 'x', page: '-1' })).status, 400);
  assert.equal((await refused({ query: 'x', page: '0' })).status, 400);
  assert.equal((await refused({ query: 'x', page_size: '101' })).status, 400);
  assert.equal((await refused({ query: 'x', page: '101', page_size: '100' })).status, 400);
  assert.equal((await refused({ query: 'x', nonsense: '1' })).code, 'UNKNOWN_PARAMETER');
  for (const query of ['a', '%', "' OR 1=1 --", '"', '*', '😀', '\\', '=', '=zebra%'])
    assert.equal((await find(query)).status, 200, query);
  assert.deepEqual(await titles('%'), []);
  assert.deepEqual(await titles('_ebra'), await titles('zebra'), 'wildcards are nothing but blanks, a word is corrected');
});

test('search-list: ?search= narrows a list in its own order, with its other filters', async () => {
  const early = await add({ title: 'Plover early', type: 'Call', start_datetime: '2024-01-01T08:00:00Z', end_datetime: '2024-01-01T09:00:00Z' });
  const late = await add({ title: 'Later on', description: 'A plover was seen again', start_datetime: '2024-02-01T08:00:00Z', end_datetime: '2024-02-01T09:00:00Z' });
  const list = async (query, token = admin.token) => {
    const { body } = await call('GET', '/api/v1/interactions', { token, query });
    return [body.interactions.map((i) => i.id), body.total];
  };
  assert.deepEqual(await list({ search: 'plover' }), [[late.id, early.id], 2]);
  assert.deepEqual(await list({ search: 'plov', sort: 'start_datetime' }), [[early.id, late.id], 2]);
  assert.deepEqual(await list({ search: 'plover', type: 'Call' }), [[early.id], 1]);
  assert.deepEqual(await list({ search: 'plover again' }), [[late.id], 1]);
  assert.deepEqual(await list({ search: 'ploevr' }), [[late.id, early.id], 2]);
  assert.deepEqual(await list({ q: 'plover', page_size: 1, page: 2 }), [[early.id], 2]);
  assert.deepEqual(await list({ search: 'dodo' }), [[], 0]);
  assert.deepEqual(await list({ search: 'plover' }, nobody.token), [[], 0]);
  assert.equal((await list({ search: ' ' }))[1], (await list({}))[1]);
});

test('search-rebuild: an index made anew finds the same', async () => {
  const asked = ['zebra', '会议室', 'pharmcist', 'quokka', 'truong', 'heron', 'plov'];
  const answers = async () => Promise.all(asked.map(async (query) => (await find(query)).text));
  const before = await answers();
  assert.ok(before.every((text) => JSON.parse(text).total > 0));
  execFileSync(process.env.BUILD + '/cgi-bin/interactions.fcgi', ['--reindex'], { env: { ...process.env, DB_SOCKET: `${VAR}/run/mariadb.sock`, DB_PASSWORD_FILE: `${VAR}/secrets/db-interactions` } });
  assert.deepEqual(await answers(), before);
});

test('search-parallel: writers that bring the same new words do not disturb each other', async () => {
  const token = admin.token;
  const words = Array.from({ length: 40 }, (_, i) => `paraword${String.fromCharCode(97 + (i % 26))}${i}`);
  const shuffled = (n) => words.map((w, i) => [((i * 7919 + n * 104729) % 1000), w]).sort((a, b) => a[0] - b[0]).map(([, w]) => w).join(' ');
  const replies = await Promise.all(Array.from({ length: 64 }, (_, n) => call('POST', '/api/v1/interactions', { token, body: {
    site_id: north, title: `Parallel ${n}`, type: 'Call', lead: 'Ada', start_datetime: '2024-01-18T10:30:00Z', end_datetime: '2024-01-18T11:15:00Z', timezone: 'UTC', description: shuffled(n) } })));
  assert.deepEqual([...new Set(replies.map((r) => r.status))], [201]);
  for (const word of words) assert.equal((await find(word)).body.total, 64, word);
});
