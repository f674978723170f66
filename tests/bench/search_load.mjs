// Asks for search.sh: "ours" through nginx, "peers" in SQL; a line of a Markdown table for each kind of question.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';

const [folder, whom] = process.argv.slice(2);
const ASKED = Number(process.env.ASKED);
const { words, tenants } = JSON.parse(readFileSync(`${folder}/words.json`));
const from = (first, count) => (i) => words[first + ((i * 7919) % count)];
const typo = (text) => text.slice(0, 3) + text[4] + text[3] + text.slice(5);
const long = words.slice(200, 4000).filter((w) => w.length >= 8);

const questions = [
  { name: 'a rare word (about 10 records a tenant)', text: from(20000, 4000), peers: true },
  { name: 'a very common word (the 3 most frequent)', text: from(0, 3), peers: true },
  { name: 'a middling word', text: from(300, 200), peers: true },
  { name: 'a very common word at one site', text: from(0, 3), member: true, peers: true },
  { name: 'two common words', text: (i) => `${words[i % 5]} ${words[5 + (i % 7)]}`, peers: true, all: true },
  { name: 'a common and a rare word', text: (i) => `${words[i % 5]} ${words[8000 + i]}`, peers: true, all: true },
  { name: 'the first two letters of a word', text: (i) => words[(i * 31) % 500].slice(0, 2) },
  { name: 'the first four letters of a word', text: (i) => words[(i * 31) % 500].slice(0, 4) },
  { name: 'a typing error', text: (i) => typo(long[i % long.length]) },
  { name: 'two Chinese letters', text: (i) => ['家庭', '会议', '学校', '医院', '安排', '时间'][i % 6] },
];

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const request = (method, path, token, body) => new Promise((done, fail) => {
  const started = process.hrtime.bigint();
  const req = http.request(process.env.BASE_URL + path, { method, agent, headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) } }, (res) => {
    let text = '';
    res.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => {
      if (res.statusCode >= 300) fail(new Error(`${res.statusCode} ${path} ${text}`));
      else done({ ms: Number(process.hrtime.bigint() - started) / 1e6, text });
    });
  });
  req.on('error', fail).end(body ? JSON.stringify(body) : undefined);
});
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))].toFixed(1);

async function ask(question, connections) {
  const times = [];
  let next = 0, found = 0;
  const one = async () => {
    for (let i = next++; i < ASKED; i = next++) {
      const tenant = tenants[i % tenants.length];
      const { ms, text } = await request('GET', `/api/v1/search/interactions?query=${encodeURIComponent(question.text(i))}`, question.member ? tenant.member : tenant.token);
      found += JSON.parse(text).results.length > 0;
      times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  if (found < ASKED / 2) console.error(`${question.name}: only ${found} of ${ASKED} found anything`);
  return times;
}

async function writes() {
  const { token, sites } = tenants[0];
  const made = [];
  const text = (i, n) => Array.from({ length: n }, (_, k) => words[(i * 131 + k * 977) % 30000]).join(' ');
  const timed = async (n, one) => {
    const times = [];
    for (let i = 0; i < n; i++) times.push((await one(i)).ms);
    return `p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`;
  };
  const lines = [];
  lines.push(`| create an interaction with 25 words | ${await timed(300, async (i) => {
    const reply = await request('POST', '/api/v1/interactions', token, { site_id: sites[0], title: text(i, 3), type: 'Call', lead: text(i + 7, 2), start_datetime: '2026-01-01T10:00:00Z', end_datetime: '2026-01-01T11:00:00Z', timezone: 'UTC', description: text(i, 20) });
    made.push(JSON.parse(reply.text).interaction.id);
    return reply;
  })} |`);
  lines.push(`| change all 20 words of a description | ${await timed(300, (i) => request('PATCH', `/api/v1/interactions/${made[i]}`, token, { description: text(i + 15000, 20) }))} |`);
  lines.push(`| change a field that is not searched (no index work) | ${await timed(300, (i) => request('PATCH', `/api/v1/interactions/${made[i]}`, token, { type: 'Email' }))} |`);
  writeFileSync(`${folder}/writes.md`, lines.join('\n') + '\n');
}

// The server's own clock, from its reports after each statement.
function sqlTimes(statements) {
  const out = execFileSync('mariadb', ['--no-defaults', `--socket=${process.env.VAR}/run/mariadb.sock`, '-vvv', '--default-character-set=utf8mb4', 'almoner'], { input: statements.map((s) => s.join(';\n') + ';\n').join(''), maxBuffer: 1 << 28 }).toString();
  const each = [...out.matchAll(/\((?:(\d+) min )?([\d.]+) sec\)/g)].map((m) => 1000 * (Number(m[1] ?? 0) * 60 + Number(m[2])));
  return statements.map((s, i) => s.reduce((sum, _, j) => sum + each[i * s.length + j], 0));
}

function peers(question) {
  const N = 20;
  const hex = (uuid) => uuid.replaceAll('-', '');
  const scope = (i) => {
    const tenant = tenants[i % tenants.length];
    return `tenant_id = x'${hex(tenant.tenant)}'${question.member ? ` AND site_id = x'${hex(tenant.sites[0])}'` : ''}`;
  };
  const fulltext = Array.from({ length: N }, (_, i) => {
    const match = `MATCH (title, lead, location, description, notes) AGAINST ('${question.text(i).split(' ').map((w) => '+' + w).join(' ')}' IN BOOLEAN MODE)`;
    return [`SELECT id, ${match} AS score FROM site_interactions WHERE ${scope(i)} AND ${match} ORDER BY score DESC, id DESC LIMIT 20`, `SELECT COUNT(*) FROM site_interactions WHERE ${scope(i)} AND ${match}`];
  });
  const like = Array.from({ length: N }, (_, i) => {
    const match = question.text(i).split(' ').map((w) => `(${['title', 'lead', 'location', 'description', 'notes'].map((f) => `${f} LIKE '%${w}%'`).join(' OR ')})`).join(' AND ');
    return [`SELECT id FROM site_interactions WHERE ${scope(i)} AND ${match} ORDER BY id DESC LIMIT 20`, `SELECT COUNT(*) FROM site_interactions WHERE ${scope(i)} AND ${match}`];
  });
  return [sqlTimes(fulltext), sqlTimes(like)];
}

if (whom === 'ours') {
  for (const question of questions) {
    await ask(question, 2); // warm
    const alone = await ask(question, 1), four = await ask(question, 4);
    console.log(`| ${question.name} | ${quantile(alone, 0.5)} | ${quantile(alone, 0.95)} | ${quantile(alone, 0.99)} | ${quantile(four, 0.5)} | ${quantile(four, 0.95)} |`);
  }
  await writes();
} else {
  for (const question of questions) {
    const [fulltext, like] = question.peers ? peers(question) : [];
    console.log(question.peers ? `${quantile(fulltext, 0.5)} | ${quantile(fulltext, 0.95)} | ${quantile(like, 0.5)} | ${quantile(like, 0.95)} |` : '– | – | – | – |');
  }
}
process.exit();
