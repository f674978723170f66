// The rows of make bench: three tenants of growing size in the one table that everybody reads, and one to write into; totals as ours keeps
// them; tokens; the files of paths that load.lua asks for.
import { createHmac, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { call, newTenant } from '../api/client.mjs';
import { request, sleep, sql } from './rig.mjs';

const { SCRATCH, CTL } = process.env;
export const secrets = { JWT_SECRET: randomBytes(32).toString('hex'), DB_PASSWORD: randomBytes(16).toString('hex') };
export const PAGE = 50;

/* Each on a connection of its own: loading rows takes longer than one is kept. */
async function list(query, { token }) {
  const { status, text } = await request(Number(process.env.HTTP_PORT), `/api/persons?${query}`, { headers: { Authorization: `Bearer ${token}` } });
  if (status !== 200) throw new Error(`a list of ours: ${status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

const hex = (uuid) => uuid.replaceAll('-', '');
const uuid = (digits) => digits.toLowerCase().replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
export function personId(id) {
  let n = BigInt(`0x${hex(id)}`), text = '';
  for (let i = 0; i < 26; i++, n >>= 5n) text = CROCKFORD[Number(n & 31n)] + text;
  return `person_${text}`;
}

/** The same claims as ours, signed as the peers expect: HS256 is the cheapest that their libraries have. */
function peerToken(token) {
  const part = (data) => Buffer.from(data).toString('base64url');
  const text = `${part('{"alg":"HS256","typ":"JWT"}')}.${token.split('.')[1]}`;
  return `${text}.${createHmac('sha256', secrets.JWT_SECRET).update(text).digest('base64url')}`;
}

/* Sorted by time as UUIDv7 sorts them; 628 bytes of JSON each; a 200th bears each last name. */
const insertPersons = (tenant, rows) => `
SET unique_checks = 0, foreign_key_checks = 0;
INSERT INTO persons (tenant_id, id, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, created_at, updated_at)
SELECT x'${hex(tenant)}', UNHEX(CONCAT(LPAD(HEX(1704067200000 + seq * 1000), 12, '0'), '7', LPAD(HEX(seq % 4096), 3, '0'), '8', SUBSTR(MD5(seq), 1, 15))),
  ELT(1 + seq % 8, 'Jane', 'Omar', 'Ana', 'Wei', 'Tunde', 'Maria', 'Ivo', 'Sita'), CONCAT('Family', LPAD(seq * 7919 % 200, 3, '0')), CONCAT('person.', seq, '@example.com'), CONCAT('+49 30 ', seq),
  ELT(1 + seq % 5, 'active', 'active', 'active', 'inactive', 'flagged'), ELT(1 + seq DIV 5 % 4, 'low', 'moderate', 'high', 'critical'), seq * 31 % 101, REPEAT('assessed ', 8), REPEAT('seen today, ', 12), '',
  FROM_UNIXTIME(1704067200 + seq), FROM_UNIXTIME(1704067200 + seq)
FROM seq_1_to_${rows};
INSERT INTO tally_head (tenant_id, resource, folds) VALUES (x'${hex(tenant)}', 'person', 1);
INSERT INTO tally_base (tenant_id, resource, bucket, n)
SELECT tenant_id, 'person', CONCAT('status=', status, '|risk_level=', risk_level), COUNT(*) FROM persons WHERE tenant_id = x'${hex(tenant)}' GROUP BY tenant_id, status, risk_level;
`;

/** What a list says its total is, against the rows. */
async function checkTotals(set) {
  for (const [query, where] of [['', ''], ['&risk_level=high', " AND risk_level = 'high'"], ['&q=family007', " AND name LIKE '%family007%'"]]) {
    const counted = Number(sql(`SELECT COUNT(*) FROM persons WHERE tenant_id = x'${hex(set.tenant)}'${where}`));
    const { total } = await list(`limit=1${query}`, set);
    if (total !== counted || (counted === 0 && set.rows >= 200)) throw new Error(`total of ${set.rows}${query}: ${total}, counted ${counted}`);
  }
}

const file = (name, lines) => {
  writeFileSync(`${SCRATCH}/${name}`, lines.join('\n') + '\n');
  return `${SCRATCH}/${name}`;
};

async function makeFiles(set) {
  const ids = sql(`SELECT HEX(id) FROM persons WHERE tenant_id = x'${hex(set.tenant)}' ORDER BY MD5(id) LIMIT 1000`).split('\n').map(uuid);
  const paths = (query) => [`/api/persons?limit=${PAGE}${query}`];
  const middle = Math.floor(set.rows / PAGE / 2);
  const { next_cursor: cursor } = await list(`limit=${PAGE}&page=${middle}`, set);
  set.ids = ids;
  set.files = {
    ids: file(`ids-${set.rows}`, ids),
    get: file(`get-${set.rows}`, ids.map((id) => `/api/persons/${personId(id)}`)),
    peerGet: file(`peer-get-${set.rows}`, ids.map((id) => `/api/persons/${id}`)),
    page: file(`page-${set.rows}`, paths('')),
    total: file(`total-${set.rows}`, paths('&total=1')),
    cursor: file(`cursor-${set.rows}`, paths(`&cursor=${cursor}`)),
    number: file(`number-${set.rows}`, paths(`&page=${middle}`)),
    filter: file(`filter-${set.rows}`, paths('&risk_level=high')),
    search: file(`search-${set.rows}`, paths('&q=family007')),
  };
}

async function fill(set) {
  const { rows } = set;
  sql(insertPersons(set.tenant, rows));
  await checkTotals(set);
  await makeFiles(set);
}

async function newSet(rows) {
  const set = { ...(await newTenant()), rows };
  set.peerToken = peerToken(set.token);
  return set;
}

/** {sets: smallest to largest, writes: tenant to write into}. */
export async function makeSets(largest) {
  sql(`CREATE USER bench@localhost IDENTIFIED BY '${secrets.DB_PASSWORD}'; GRANT ALL ON almoner.* TO bench@localhost;`);
  const sets = [], writes = await newSet(0);
  for (const rows of [largest / 100, largest / 10, largest].map(Math.round)) sets.push(await newSet(rows));
  for (const set of sets) await fill(set);
  sql('ANALYZE TABLE persons');
  return { sets, writes };
}

/** A token of the same user by a new signing key of another algorithm; the old ones stay good. */
export async function tokenBy(algorithm, { email, password }) {
  execFileSync(CTL, ['rotate-key'], { env: { ...process.env, TOKEN_ALGORITHM: algorithm }, stdio: 'ignore' });
  for (const until = Date.now() + 15000; Date.now() < until; await sleep(500)) {
    const { body } = await call('POST', '/api/auth/login', { body: { email, password } });
    if (body.token && JSON.parse(Buffer.from(body.token.split('.')[0], 'base64url')).alg === algorithm) return body.token;
  }
  throw new Error(`no token by ${algorithm}`);
}
