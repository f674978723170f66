// Makes rows for search.sh: FOLDER/rows.tsv for LOAD DATA, FOLDER/words.json: words by how often they occur, tokens of an admin and a member.
import { createWriteStream, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { call, newTenant, newUser } from '../api/client.mjs';

const [folder] = process.argv.slice(2);
const [ROWS, TENANTS, SITES] = ['ROWS', 'TENANTS', 'SITES'].map((name) => Number(process.env[name]));
const VOCABULARY = 40000;

// The same rows every time.
let seed = 42;
const random = () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const pick = (list) => list[Math.floor(random() * list.length)];

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu', 'na', 'pe', 'ri', 'so', 'tu', 'va', 'we', 'xi', 'yo', 'zu', 'bra', 'cle', 'dri', 'flo', 'gru', 'pla', 'ste', 'tri', 'ner', 'tion', 'ment', 'ly'];
const vocabulary = new Set();
while (vocabulary.size < VOCABULARY) {
  let word = '';
  for (let n = 2 + Math.floor(random() * 3); n > 0; n--) word += pick(syllables);
  vocabulary.add(word);
}
const words = [...vocabulary];
// Zipf: the n-th word occurs 1/n as often as the first.
const harmonic = Math.log(VOCABULARY) + 0.5772;
const word = () => words[Math.min(VOCABULARY - 1, Math.floor(Math.exp(random() * harmonic) - 1))] ?? words[0];
const chinese = [...'家庭访问学校会议安排儿童教师医院计划记录老人服务中心工作社区支持咨询问题讨论下次时间地点'];
const hindi = ['विद्यालय', 'परिवार', 'बैठक', 'समय', 'बच्चे', 'शिक्षक', 'घर', 'योजना', 'सहायता', 'चर्चा'];
const arabic = ['المدرسة', 'العائلة', 'زيارة', 'اجتماع', 'الخطة', 'الطفل', 'المعلم', 'الدعم', 'الوقت', 'نقاش'];
const sentence = (n) => {
  const script = random();
  if (script < 0.9) return Array.from({ length: n }, word).join(' ');
  if (script < 0.94) return Array.from({ length: n * 3 }, () => pick(chinese)).join('');
  return Array.from({ length: n }, () => pick(script < 0.97 ? hindi : arabic)).join(' ');
};

const hex = (uuid) => uuid.replaceAll('-', '');
const tenants = [];
for (let t = 0; t < TENANTS; t++) {
  const admin = await newTenant();
  const sites = [];
  for (let s = 0; s < SITES; s++)
    sites.push((await call('POST', '/api/v1/sites', { token: admin.token, body: { name: `Site ${s}` } })).body.site.id);
  const member = await newUser(admin.tenant, 'staff');
  await call('POST', `/api/v1/sites/${sites[0]}/users`, { token: admin.token, body: { user_id: member.user, role: 'editor' } });
  tenants.push({ ...admin, sites, member: member.token });
}

const out = createWriteStream(`${folder}/rows.tsv`);
const begun = Date.parse('2023-01-01T00:00:00Z');
const time = (ms) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
for (let i = 0; i < ROWS; i++) {
  const tenant = pick(tenants);
  const at = begun + i * 90000;
  const id = at.toString(16).padStart(12, '0') + '7' + (i % 4096).toString(16).padStart(3, '0') + '8' + randomBytes(8).toString('hex').slice(1);
  const start = at + 86400000;
  const row = [hex(tenant.tenant), id, hex(pick(tenant.sites)), sentence(3 + Math.floor(random() * 3)).slice(0, 100), pick(['Meeting', 'Call', 'Email', 'Other']),
    `${word()} ${word()}`, time(start), time(start + 3600000), 'Europe/Berlin', `Room ${i % 90}`, sentence(12 + Math.floor(random() * 14)), hex(tenant.user), time(at), time(at)];
  if (!out.write(row.join('\t') + '\n')) await new Promise((done) => out.once('drain', done));
}
await new Promise((done) => out.end(done));
writeFileSync(`${folder}/words.json`, JSON.stringify({ words, tenants }));
