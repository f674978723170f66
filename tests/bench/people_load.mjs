// Makes the rows for people.sh and asks for them; the times are the module's own.
import { execFileSync } from 'node:child_process';
import { openSync, readSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import http from 'node:http';
import { call, newTenant } from '../api/client.mjs';

const [ROWS, ASKED] = ['ROWS', 'ASKED'].map((name) => Number(process.env[name]));
const sql = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${process.env.VAR}/run/mariadb.sock`, '-N', '-B', 'almoner'], { input: text, maxBuffer: 1 << 28 }).toString().trim();
const admin = await newTenant();
const tenant = `UNHEX('${admin.tenant.replaceAll('-', '')}')`;

console.error(`Making ${ROWS} people`);
// One through the API, so that totals and tags have a start; the others as rows with the same tables.
await call('POST', '/api/v1/people', { token: admin.token, body: { name: 'first', type: 'faculty' } });
const ID = "UNHEX(CONCAT(LPAD(HEX(1700000000000 + seq), 12, '0'), '7000', '8', LPAD(HEX(seq), 15, '0')))";
sql(`INSERT INTO people (tenant_id, id, name, type, pgy_level, email, phone, specialty, is_active, specialties, created_at, updated_at)
  SELECT ${tenant}, ${ID}, CONCAT(IF(seq % 5 < 3, 'PGY', 'FAC'), seq), IF(seq % 5 < 3, 'resident', 'faculty'), IF(seq % 5 < 3, 1 + seq % 3, NULL), CONCAT('p', seq, '@example.com'), '+1-808-555-1234',
    IF(seq % 5 < 3, NULL, ELT(1 + seq % 7, 'Family Medicine', 'Sports Medicine', 'Pediatrics', 'Cardiology', 'Surgery', 'Neurology', 'Dermatology')), seq % 11 <> 0, '[]', '2024-01-01' + INTERVAL seq SECOND, '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_${ROWS};
  INSERT INTO tally_delta (tenant_id, resource, bucket, d) SELECT ${tenant}, 'practitioner', CONCAT('type=', type), COUNT(*) FROM people WHERE tenant_id = ${tenant} AND name <> 'first' GROUP BY type;
  INSERT INTO procedures (tenant_id, id, name, code, category, required_credentials, created_at, updated_at)
  SELECT ${tenant}, ${ID.replace('17', '18')}, CONCAT('Procedure ', seq), CONCAT('P', seq), 'x', IF(seq % 2, '["BLS"]', '[]'), UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM seq_1_to_100;
  INSERT INTO credentials (tenant_id, id, faculty_id, procedure_id, credential_type, expiration_date, created_at, updated_at)
  SELECT ${tenant}, UNHEX(CONCAT(LPAD(HEX(1900000000000 + f.n * 3 + k.seq), 12, '0'), '7000', '8', LPAD(HEX(f.n * 3 + k.seq), 15, '0'))), f.id, p.id, IF(k.seq = 1, 'BLS', 'X'), UTC_DATE() - INTERVAL 100 DAY + INTERVAL (f.n * 7 + k.seq * 31) % 900 DAY, UTC_TIMESTAMP(), UTC_TIMESTAMP()
    FROM (SELECT id, ROW_NUMBER() OVER () AS n FROM people WHERE tenant_id = ${tenant} AND type = 'faculty') AS f JOIN seq_1_to_3 AS k
    JOIN procedures AS p ON p.tenant_id = ${tenant} AND p.code = CONCAT('P', 1 + (f.n + k.seq) % 100);
  ANALYZE TABLE people, credentials, procedures;`);
const pairs = sql(`SELECT LOWER(HEX(faculty_id)), LOWER(HEX(procedure_id)) FROM credentials WHERE tenant_id = ${tenant} ORDER BY MD5(id) LIMIT ${ASKED}`).split('\n').map((row) => row.split('\t').map((h) => h.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')));

const agent = new http.Agent({ keepAlive: true });
const get = (path) => new Promise((done, fail) => http.get(process.env.BASE_URL + path, { agent, headers: { Authorization: `Bearer ${admin.token}` } }, (res) => {
  res.resume().on('end', () => (res.statusCode === 200 ? done() : fail(new Error(`${res.statusCode} ${path}`))));
}).on('error', fail));
const log = `${process.env.VAR}/log/persons.log`;
async function timed(path) {
  for (let i = 0; i < 50; i++) await get(path(i));
  const from = statSync(log).size;
  for (let i = 0; i < ASKED; i++) await get(path(i));
  await new Promise((done) => setTimeout(done, 200));
  const text = Buffer.alloc(statSync(log).size - from);
  readSync(openSync(log), text, 0, text.length, from);
  const us = text.toString().split('\n').filter((line) => line.includes('"event":"request"')).map((line) => JSON.parse(line).us).sort((a, b) => a - b);
  if (us.length < ASKED) throw new Error(`${us.length} log lines`);
  return [0.5, 0.95, 0.99].map((q) => (us[Math.floor(us.length * q)] / 1000).toFixed(2)).join(' | ');
}

const people = '/api/v1/people';
const lines = [
  ['list: residents of a year, 50', (i) => `${people}?type=resident&pgy_level=${1 + (i % 3)}&limit=50`],
  ['the same, a page further on each time', (i) => `${people}?type=resident&pgy_level=${1 + (i % 3)}&limit=50&skip=${(i % 100) * 50}`],
  ['list: /residents?pgy_level=, 50', (i) => `${people}/residents?pgy_level=${1 + (i % 3)}&limit=50`],
  ['list: /faculty?specialty=, 50', (i) => `${people}/faculty?specialty=${['Family+Medicine', 'Sports+Medicine', 'Surgery'][i % 3]}&limit=50`],
  ['list: faculty that is active, 50', () => `${people}?type=faculty&is_active=true&limit=50`],
  ['list: residents of a year, all that a page takes (1,000)', (i) => `${people}?type=resident&pgy_level=${1 + (i % 3)}`],
  ['credentials of a person', (i) => `${people}/${pairs[i % pairs.length][0]}/credentials?include_expired=true`],
  ['summary of a person', (i) => `${people}/${pairs[i % pairs.length][0]}/credentials/summary`],
  ['credentials that expire within 30 days, 50', () => '/api/v1/credentials/expiring?days=30&limit=50'],
  ['who may supervise this? (1,200 hold a credential for it)', (i) => `/api/v1/credentials/qualified-faculty/${pairs[i % pairs.length][1]}`],
  ['may this person supervise this?', (i) => `/api/v1/credentials/check/${pairs[i % pairs.length].join('/')}`],
];
console.log(`# ${ROWS} people\n\n${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model.trim()}, ${cpus().length} cores (load ${loadavg()[0].toFixed(1)}), MariaDB ${sql('SELECT VERSION()')}. Made by \`tests/bench/people.sh\`: one connection, the client on the same machine; milliseconds inside the module, database included.\n\n| request | p50 | p95 | p99 |\n|---|---|---|---|`);
for (const [name, path] of lines) console.log(`| ${name} | ${await timed(path)} |`);
process.exit();
