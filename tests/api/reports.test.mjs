// Goal: intervention reports: the seed's answer, a real PDF with everything it should tell, in any script; its file for nobody else.
import { test, after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { BASE, call, newPerson, newTenant, newUser, problemOf, VAR } from './client.mjs';

let admin, stranger, viewer;
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
before(async () => {
  admin = await newTenant();
  stranger = await newTenant();
  viewer = await newUser(admin.tenant, 'viewer');
});

const make = (id, { token } = admin, more = {}) => call('POST', `/api/reports/intervention/${id}`, { token, ...more });
const happen = async (person_id, changes = {}) => {
  const reply = await call('POST', '/api/interactions', { token: admin.token, body: { person_id, type: 'call', date: '2024-01-18T10:30:00Z', description: 'A call', risk_level: 'low', ...changes } });
  assert.equal(reply.status, 201, reply.text);
};
const fetchFile = async (url, headers = { Authorization: `Bearer ${admin.token}` }) => {
  const reply = await fetch(BASE + url, { headers, redirect: 'manual' });
  return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) };
};
const run = (program, ...args) => execFileSync(program, args, { maxBuffer: 1 << 26 }).toString();
async function textOf(url, ...options) {
  const { status, bytes } = await fetchFile(url);
  assert.equal(status, 200);
  folders.push(mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/almoner-report.`));
  const file = `${folders.at(-1)}/report.pdf`;
  writeFileSync(file, bytes);
  return { file, text: run('pdftotext', ...options, file, '-'), info: run('pdfinfo', file) };
}

test('report-answer: exactly the seed\'s members, with an empty body and without Content-Type', async () => {
  const person = await newPerson(admin.token);
  const reply = await make(person.id);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.body), ['success', 'report_id', 'file_url', 'generated_at']);
  assert.equal(reply.body.success, true);
  assert.match(reply.body.report_id, /^report_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  assert.match(reply.body.file_url, new RegExp(`^/files/reports/intervention_${person.id}_[0-9a-z]{26}\\.pdf$`));
  assert.match(reply.body.generated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal((await make(person.id, admin, { text: '{}', headers: { 'Content-Type': 'application/json' } })).status, 200);
  assert.equal(problemOf(await make('person_01h455vb4pex5vsknk084sn02q')).code, 'PERSON_NOT_FOUND');
  assert.equal(problemOf(await make(person.id, stranger)).code, 'PERSON_NOT_FOUND');
  assert.equal((await make(person.id, viewer)).status, 403);
});

test('report-content: who, the risk explained, recommendations, every interaction, by whom and when', async () => {
  const person = await newPerson(admin.token, { first_name: 'Jane', last_name: 'Doe', phone: '+1-555-0100', risk_level: 'critical', risk_score: 85, status: 'flagged', risk_notes: 'Sleeps rough', notes: 'Likes tea', tags: 'urgent,winter' });
  for (let i = 0; i < 24; i++)
    await happen(person.id, { description: `Happening number ${i} of many`, date: `2024-01-${String(i + 1).padStart(2, '0')}T10:30:00Z`, risk_level: i === 0 ? 'critical' : i < 3 ? 'high' : 'low' });
  const { body } = await make(person.id);
  const { file, text, info } = await textOf(body.file_url, '-layout');
  const squeezed = text.replace(/\s+/g, ' ');
  for (const part of ['Intervention report', 'Jane Doe', person.id, person.email, '+1-555-0100', 'flagged', 'Sleeps rough', 'Likes tea', 'urgent,winter',
    'On record: score 85 of 100, level critical.', 'score 55, level moderate', 'Computed from the record and its interactions',
    "The person's status is flagged. 1 +20", 'More than 20 interactions. 24 +10', 'More than 50 interactions. 24 +0', '5 points for each interaction of high risk. 2 +10', '15 points for each interaction of critical risk. 1 +15',
    'Immediate Safety Assessment Required (urgent)', 'Person classified as critical risk. Schedule immediate safety assessment.', 'Escalate to Senior Management (urgent)', 'Critical risk cases must be escalated to senior management.',
    'Increase Monitoring Frequency (urgent)', 'Implement daily monitoring and interaction review.', 'High Interaction Volume (important)', '24 interactions detected. Review patterns for concerning behaviors.',
    'Interactions (24)', '2024-01-24 10:30 call low Happening number 23', 'by Ada Admin', `Generated ${body.generated_at.slice(0, 10)} ${body.generated_at.slice(11, 16)} UTC by Ada Admin`])
    assert.ok(squeezed.includes(part), `${part}\n${text}`);
  for (let i = 0; i < 24; i++) assert.ok(squeezed.includes(`Happening number ${i} of many`), String(i));
  assert.ok(squeezed.indexOf('Happening number 23') < squeezed.indexOf('Happening number 0 '), 'newest first');
  assert.ok(!squeezed.includes('further rule'), 'critical has the seed\'s rules only');
  assert.match(info, /^Title: +Intervention report: Jane Doe$/m);
  assert.match(info, /^Author: +Ada Admin$/m);
  const structure = run('pdfinfo', '-struct', file);
  for (const tag of ['H1', 'H2', 'P', 'Table', 'TR', 'TH', 'TD', 'Figure']) assert.match(structure, new RegExp(`^ *${tag}\\b`, 'm'), tag);
  assert.match(info, /^Tagged: +yes$/m);
  assert.match(info, /^Page size: +595\.\d+ x 841\.\d+ pts \(A4\)$/m);
});

test('report-rules: the further rules are marked as such', async () => {
  const rules = async (risk_level) => {
    const { text } = await textOf((await make((await newPerson(admin.token, { risk_level })).id)).body.file_url, '-layout');
    return text.split('\n').map((l) => l.trim()).filter((l) => /\((urgent|important|routine)/.test(l));
  };
  assert.deepEqual(await rules('high'), ['Increase Monitoring Frequency (urgent)', 'Document All Interactions (important, further rule)']);
  assert.deepEqual(await rules('moderate'), ['Schedule Review Meeting (important, further rule)']);
  assert.deepEqual(await rules('low'), ['Continue Standard Monitoring (routine, further rule)']);
});

test('report-pages: a long table goes over pages, with its head and numbers on each', async () => {
  const person = await newPerson(admin.token);
  const rows = Array.from({ length: 130 }, (_, i) => i);
  for (let i = 0; i < rows.length; i += 10)
    await Promise.all(rows.slice(i, i + 10).map((n) => happen(person.id, { description: `Row ${n}. ${'word '.repeat(n % 40)}`, date: new Date(Date.UTC(2024, 0, 1, n)).toISOString() })));
  const { file, info } = await textOf((await make(person.id)).body.file_url);
  const pages = Number(info.match(/^Pages: +(\d+)$/m)[1]);
  assert.ok(pages >= 4, info);
  for (let page = 1; page <= pages; page++) {
    const text = run('pdftotext', '-layout', '-f', String(page), '-l', String(page), file, '-');
    assert.ok(text.includes(`Page ${page} of ${pages}`), `page ${page}\n${text}`);
    if (page > 1) assert.match(text, /When \(UTC\) +What +Risk +Description/);
  }
  const text = run('pdftotext', '-layout', file, '-');
  for (const n of rows) assert.ok(text.includes(`Row ${n}.`), `row ${n}`);
});

test('report-pages: notes longer than a page go on on the next, to their last word, and no head stands alone', async () => {
  const notes = Array.from({ length: 1100 }, (_, i) => `note${i}`).join(' ');
  const person = await newPerson(admin.token, { notes, risk_notes: '会议室里的安排'.repeat(400) });
  await happen(person.id, { description: 'line\n'.repeat(99) });
  const { file, text, info } = await textOf((await make(person.id)).body.file_url);
  for (let i = 0; i < 1100; i++) assert.match(text, new RegExp(`\\bnote${i}\\b`), `note${i}`);
  assert.equal(text.replace(/\s|Page\d+of\d+/g, '').match(/会/g).length, 400);
  assert.equal(text.match(/^line$/gm).length, 99);
  const pages = Number(info.match(/^Pages: +(\d+)$/m)[1]);
  const boxes = run('pdftotext', '-bbox', file, '-');
  for (const [, bottom, word] of boxes.matchAll(/yMax="([\d.]+)">([^<]*)</g))
    assert.ok(Number(bottom) <= 842 - 62 + 1 || Number(bottom) > 842 - 44, `${word} stands in the margin: ${bottom}`);
  for (let page = 1; page <= pages; page++) {
    const lines = run('pdftotext', '-layout', '-f', String(page), '-l', String(page), file, '-').split('\n').filter((line) => line.trim());
    assert.doesNotMatch(lines.at(-2), /When \(UTC\)|Interactions \(/, `page ${page} ends with a head`);
  }
});

test('report-history: the chart tells how the score went', async () => {
  const person = await newPerson(admin.token, { risk_score: 20 });
  for (const risk_score of [45, 70, 90]) await call('PATCH', `/api/persons/${person.id}`, { token: admin.token, body: { risk_score } });
  await call('PATCH', `/api/persons/${person.id}`, { token: admin.token, body: { notes: 'no score' } });
  const { text } = await textOf((await make(person.id)).body.file_url, '-layout');
  assert.match(text, /The score on record was set or changed 4 times: first 20, now 90\./);
});

test('report-scripts: any script is drawn as text that can be read back', async () => {
  const texts = { Arabic: 'زيارة منزلية مع العائلة', Chinese: '家庭访问和会议安排', Devanagari: 'विद्यालय की बैठक', Hebrew: 'ביקור בית', Thai: 'โรงเรียน', Cyrillic: 'Домашний визит', Greek: 'Επίσκεψη', Japanese: 'ミーティング', Korean: '가정 방문', Tamil: 'பள்ளி', Georgian: 'სკოლა', Vietnamese: 'trường học', Bengali: 'বিদ্যালয়' };
  const person = await newPerson(admin.token, { first_name: '王', last_name: 'علي', notes: Object.values(texts).join(' / ') });
  for (const description of Object.values(texts)) await happen(person.id, { description });
  const { file, text } = await textOf((await make(person.id)).body.file_url);
  for (const [script, words] of Object.entries(texts))
    for (const word of script === 'Thai' ? [] : words.split(' '))
      assert.ok(text.normalize('NFKC').includes(word.normalize('NFKC')), `${script}: ${word}\n${text}`);
  const fonts = run('pdffonts', file).split('\n').slice(2).filter(Boolean);
  assert.ok(fonts.length >= 8 && fonts.every((line) => / yes yes (yes|no) /.test(line)), `embedded subsets\n${fonts.join('\n')}`);
});

test('report-file: headers, ranges, and by a session\'s cookie as by a token', async () => {
  const person = await newPerson(admin.token);
  const { file_url } = (await make(person.id)).body;
  const { status, headers, bytes } = await fetchFile(file_url);
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'application/pdf');
  assert.equal(headers.get('content-disposition'), `attachment; filename="${file_url.split('/').pop()}"`);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('cache-control'), /no-store/);
  assert.equal(headers.get('x-accel-redirect'), null);
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-');
  const part = await fetchFile(file_url, { Authorization: `Bearer ${admin.token}`, Range: 'bytes=0-4' });
  assert.deepEqual([part.status, part.bytes.toString()], [206, '%PDF-']);
  assert.equal((await fetchFile(file_url, { Authorization: `Bearer ${viewer.token}` })).status, 200);
  // The seed's client puts the address into a link: a plain GET of the browser.
  const clicked = await fetchFile(file_url, { Cookie: `almoner=${admin.token}` });
  assert.deepEqual([clicked.status, clicked.bytes.equals(bytes)], [200, true]);
  assert.equal((await fetchFile(file_url, { Cookie: `almoner=${stranger.token}` })).status, 404);
});

test('report-attack: not for others, not without a token, not by guessing or climbing', async () => {
  const person = await newPerson(admin.token);
  const { file_url, report_id } = (await make(person.id)).body;
  const other = (await make((await newPerson(admin.token)).id)).body;
  const status = async (url, headers) => (await fetchFile(url, headers)).status;
  assert.equal(await status(file_url, {}), 401);
  assert.equal(await status(file_url, { Authorization: `Bearer ${stranger.token}` }), 404);
  const suffix = report_id.slice('report_'.length);
  const raw = (path) => new Promise((done, fail) => http.get(BASE + '/', { path, headers: { Authorization: `Bearer ${admin.token}` } }, (res) => { res.resume(); done(res.statusCode); }).on('error', fail));
  const files = `/_files/reports/${admin.tenant}`;
  const uuid = readdirSync(`${VAR}/files/reports/${admin.tenant}`)[0];
  for (const path of [`/files/reports/${suffix}.pdf`, `/files/reports/x_${suffix}.pdf`, `/files/reports/intervention_${person.id}_${other.report_id.slice(7)}.pdf`,
    `/files/reports/intervention_${person.id}.pdf`, file_url.replace('.pdf', ''), file_url.replace('.pdf', '.PDF'), `${file_url}/`, `${file_url}/..`, file_url.toUpperCase(),
    '/files/reports/../../secrets/db-admin', '/files/reports/%2e%2e/%2e%2e/secrets/db-admin.pdf', '/files/reports/..%2f..%2fsecrets%2fdb-admin.pdf', '/files/reports//etc/passwd.pdf',
    `${files}/${uuid}`, `/_files/reports/${admin.tenant}/../../../secrets/db-admin`, '/_files/', `/files/reports/${uuid}`, '/files/', '/files/reports/', '/files/reports/%00.pdf'])
    assert.ok([400, 404].includes(await raw(path)), `${path}: ${await raw(path)}`);
  // Even nginx' own right ends at a link.
  const folder = `${VAR}/files/reports/${admin.tenant}`;
  const [name] = readdirSync(folder).filter((f) => f.endsWith('.pdf'));
  assert.ok(name);
  const victim = (await make(person.id)).body;
  const made = readdirSync(folder).sort().pop();
  unlinkSync(`${folder}/${made}`);
  symlinkSync(`${VAR}/secrets/db-admin`, `${folder}/${made}`);
  assert.ok([403, 404].includes(await status(victim.file_url)));
  unlinkSync(`${folder}/${made}`);
  assert.equal(await status(victim.file_url), 404, 'a file that is gone');
});

test('report-records: listed, deleted, gone with their person; who saw them is on record', async () => {
  const person = await newPerson(admin.token);
  const { report_id, file_url } = (await make(person.id)).body;
  const list = async () => (await call('GET', '/api/v1/reports', { token: admin.token, query: { person_id: person.id } })).body;
  const { reports, total } = await list();
  assert.deepEqual([total, reports[0].id, reports[0].file_url, reports[0].kind, reports[0].person_id, reports[0].created_by], [1, report_id, file_url, 'intervention', person.id, admin.user]);
  const { bytes } = await fetchFile(file_url);
  assert.equal(reports[0].file_size, bytes.length);
  assert.equal((await call('GET', `/api/v1/reports/${report_id}`, { token: stranger.token })).status, 404);
  const seen = run('mariadb', '--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', '-e', `SELECT COUNT(*) FROM audit WHERE op = 'access' AND resource = 'report' AND actor_id = UNHEX('${admin.user.replaceAll('-', '')}') AND record_id = (SELECT id FROM reports WHERE file_url = '${file_url}')`, 'almoner').trim();
  assert.equal(seen, '1');
  assert.equal((await call('DELETE', `/api/v1/reports/${report_id}`, { token: admin.token })).status, 200);
  assert.equal((await fetchFile(file_url)).status, 404);
  const again = (await make(person.id)).body;
  await call('DELETE', `/api/persons/${person.id}`, { token: admin.token });
  assert.equal((await fetchFile(again.file_url)).status, 404);
  assert.equal((await list()).total, 0);
});

test('report-records: totals stay exact when persons go', async () => {
  const own = await newTenant();
  const [gone, stays] = [await newPerson(own.token), await newPerson(own.token)];
  for (const person of [gone, gone, stays]) assert.equal((await make(person.id, own)).status, 200);
  const total = async () => (await call('GET', '/api/v1/reports', { token: own.token, query: { page_size: 1 } })).body.total;
  assert.equal(await total(), 3);
  await call('DELETE', `/api/persons/${gone.id}`, { token: own.token });
  assert.equal(await total(), 1);
});

test('report-fault: a file that can\'t be stored is 503, and nothing is recorded', async () => {
  const unlucky = await newTenant();
  const person = await newPerson(unlucky.token);
  const folder = `${VAR}/files/reports/${unlucky.tenant}`;
  writeFileSync(folder, 'in the way');
  const reply = await make(person.id, unlucky, { expected: false });
  assert.equal(reply.status, 503, reply.text);
  assert.ok(Number(reply.headers.get('retry-after')) > 0);
  assert.equal((await call('GET', '/api/v1/reports', { token: unlucky.token })).body.total, 0);
  unlinkSync(folder);
  assert.equal((await make(person.id, unlucky)).status, 200);
});
