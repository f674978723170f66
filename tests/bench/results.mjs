// RESULTS.md of make bench: tables of what was measured, and the goals as ratios inside this one run.
import { execFileSync } from 'node:child_process';
import { cpus, totalmem, release } from 'node:os';
import { readFileSync } from 'node:fs';

const NAMES = {
  ours: '**ours**', nginx: 'limit: nginx `return 200`, 623 bytes', hello: 'limit: libfcgi, fixed answer', best: 'limit: least C program, no token', orm: 'Flask + SQLAlchemy, gunicorn, 2 workers a core',
  bare: 'Flask + PyMySQL, the same', express: 'Express, a process a core', fastify: 'Fastify, a process a core', go: 'Go net/http', php: 'PHP-FPM, 8 children', raw: 'limit: C client and MariaDB only',
};
const shell = (command, ...args) => { try { return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString(); } catch (error) { return String(error.stdout ?? ''); } };
const ms = (us) => (us / 1000).toFixed(us < 10000 ? 2 : 1);
const thousands = (n) => Math.round(n).toLocaleString('en');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') + '\n';

function versions() {
  const packages = ['nginx-light', 'nginx', 'mariadb-server', 'wrk', 'python3-flask', 'python3-sqlalchemy', 'python3-pymysql', 'gunicorn', 'php8.2-fpm', 'golang-go', 'golang-github-go-sql-driver-mysql-dev', 'libfcgi-dev'];
  const debian = shell('dpkg-query', '-W', '-f=${db:Status-Abbrev} ${Package} ${Version}\n', ...packages).split('\n').filter((line) => line.startsWith('ii')).map((line) => line.slice(3).trim().replace(/-[^ ]*$/, ''));
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url))).packages;
  const npm = ['fastify', '@fastify/jwt', 'express', 'jsonwebtoken', 'mysql2'].map((name) => `${name} ${lock[`node_modules/${name}`].version}`);
  return [...new Set(debian), `node ${process.version}`, ...npm].join(', ');
}

/* Others' work takes from all alike, but not evenly: compilers that work while a program runs (Node) suffer most. */
const quiet = (before) => `${before > 0.7 ? '**The machine was not quiet, so this run proves little.** ' : ''}Load average when it began: ${before.toFixed(2)}.`;

const row = (c) => [NAMES[c.who], thousands(c.result.rate), ms(c.result.p50), ms(c.result.p99), ...['nginx', 'program', 'db', 'behind'].map((name) => (c.result[name] ? c.result[name].toFixed(0) : '–'))];
const HEAD = ['', 'a second', 'p50 ms', 'p99 ms', 'nginx µs', 'program µs', 'mariadbd µs', 'behind µs'];

function sizes(list, rows) {
  const names = { get: 'one person', page: 'page 1 of 50', cursor: 'the page in the middle, by cursor', number: 'the same, by page number', filter: 'page 1, filtered by risk level', search: 'page 1, searched (`q=`, 0.5 % match)' };
  return table(['p50 / p99 ms, 2 connections', ...rows.map((n) => `${thousands(n)} rows`)], Object.entries(names).map(([what, name]) => [name, ...rows.map((n) => {
    const { result } = list.find((c) => c.name === `size ${what} ${n}`);
    return `${ms(result.p50)} / ${ms(result.p99)}`;
  })]));
}

// --- goals: name, measured ratio, goal, hard floor; at least unless "most" -------------------------------------------------------
function goals({ list, loaded, starts, sizes: rows }) {
  const of = (who, name) => list.find((c) => c.who === who && c.name === name).result;
  const rate = (name, other, theirs = name) => of('ours', name).rate / of(other, theirs).rate;
  const large = rows[2], p50 = (name) => of('ours', name).p50;
  const least = [], most = [];
  const at = (name, value, goal, floor) => least.push([name, value, goal, floor]);
  const under = (name, value, goal, floor) => most.push([name, value, goal, floor]);
  at('GET, ours / least C program', rate('get32', 'best'), 0.85, 0.75);
  under('program CPU a GET, ours / least C program', of('ours', 'get32').program / of('best', 'get32').program, 1.4, 2);
  at('page with exact total, ours / least C program without', rate('page', 'best'), 0.85, 0.7);
  at('POST, ours / raw commit of two rows, 32 threads', rate('post', 'raw', 'raw commit'), 0.45, 0.35);
  for (const [who, goal, floor] of [['orm', 7, 6], ['bare', 4, 3.5], ['express', 4.5, 4], ['php', 2, 1.7], ['fastify', 1.2, 1], ['go', 1, 0.85]]) at(`GET, ours / ${NAMES[who]}`, rate('get32', who), goal, floor);
  for (const [who, goal, floor] of [['go', 1.3, 1.1], ['fastify', 1.2, 1.1], ['php', 1.4, 1.2], ['orm', 6.5, 5]]) at(`page, ours with exact total / ${NAMES[who]} without`, rate('page', who), goal, floor);
  for (const who of ['orm', 'express', 'fastify', 'go', 'php']) at(`page with exact total, ours / ${NAMES[who]} by COUNT(*)`, rate('page', who, 'total'), 18, 10);
  for (const [who, goal, floor] of [['go', 1.2, 1], ['fastify', 1.4, 1.1], ['php', 1.4, 1.2], ['orm', 3.5, 3]]) at(`POST, ours / ${NAMES[who]}`, rate('post', who), goal, floor);
  under('GET p99 at 32 connections, ours / Fastify', of('ours', 'get32').p99 / of('fastify', 'get32').p99, 1, 1.5);
  under('GET p99 at 32 connections, ours / Go', of('ours', 'get32').p99 / of('go', 'get32').p99, 0.7, 1);
  under('256 connections: longest / mean latency', of('ours', 'get256').max / of('ours', 'get256').mean, 10, Infinity);
  under('256 connections: errors', of('ours', 'get256').errors, 0, 0);
  under(`page in the middle by cursor / page 1, ${thousands(large)} rows`, p50(`size cursor ${large}`) / p50(`size page ${large}`), 1.3, 2);
  under(`one person, ${thousands(large)} / ${thousands(rows[1])} rows`, p50(`size get ${large}`) / p50(`size get ${rows[1]}`), 1.1, 1.3);
  at('GET with an RS256 token / with an ES256 token, both known', rate('rs256 get32', 'ours', 'get32'), 0.95, 0.9);
  under('memory of the loaded module / Go', loaded.ours.mb / loaded.go.mb, 0.8, 1.5);
  under('cold start / Go', starts.again / starts.go, 1, 2);
  const line = (sign, good) => ([name, value, goal, floor]) => [name, value.toFixed(2), `${sign} ${goal}`, Number.isFinite(floor) ? `${sign} ${floor}` : '–', good(value, goal) ? 'met' : good(value, floor) ? '**missed, above the floor**' : '**below the floor**'];
  return table(['ratio', 'measured', 'goal', 'floor', ''], [...least.map(line('≥', (a, b) => a >= b)), ...most.map(line('≤', (a, b) => a <= b))]);
}

export function write(all) {
  const { list, idle, loaded, starts, sizes: rows, seconds, took, before } = all;
  const section = (name) => table(HEAD, list.filter((c) => c.name === name).map(row));
  const errors = list.filter((c) => c.result.errors).map((c) => `${c.who} ${c.name} ${c.result.errors}`).join(', ') || 'none';
  const long = list.filter((c) => c.name === 'get256');
  return `# Beside limits and peers

Written by \`make bench\` on ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC in ${Math.round(took)} s. ${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}. ${versions()}.

The load (wrk, 2 threads) runs on the same cores. Each figure is the median of ${process.env.BENCH_ROUNDS} interleaved rounds of ${seconds} s; CPU is user and system time of each group of processes, a request. One MariaDB, one table, the same rows,
the same nginx version with as many workers, log and headers before everybody; peers verify an HS256 token at every request (the cheapest of their libraries), ours an ES256 token (known after its first request); connections are kept open to Fastify, Express and Go.
Before timing, every answer was compared member by member, and every POST by the rows it left. Answers that were no success: ${errors}.

${quiet(before)}

## Goals

${goals(all)}
## One person, ${thousands(rows[1])} rows, 32 connections

${section('get32')}
64 connections:

${section('get64')}
Known to the client (\`If-None-Match\`, 304), 32 connections; only ours has it:

${section('304')}
## A page of 50, 32 connections

Ours tells the exact total; the others don't:

${section('page')}
The others with \`COUNT(*)\`:

${section('total')}
## Writing a person, 32 connections

Person, audit, outbox and idempotency row in one transaction; ours also keeps its totals, and pushd moves the event into the stream meanwhile (behind: pushd and hookd).

${section('post')}
## MariaDB alone

The same statements by a C client with 16 threads (the commit of a person and an outbox row: 32):

${table(['', ...HEAD.slice(1, 4), 'client µs', 'mariadbd µs'], list.filter((c) => c.who === 'raw').map((c) => [c.what, thousands(c.result.rate), ms(c.result.p50), ms(c.result.p99), c.result.program.toFixed(0), c.result.db.toFixed(0)]))}
## TLS, 32 connections

${['get', 'page', 'post'].map((what) => `${{ get: 'One person', page: 'A page', post: 'Writing' }[what]}:\n\n${section(`tls ${what}`)}`).join('\n')}
## Algorithms of tokens

One person with a token signed by RS256; ES256 is the first row of the tables above. Ours has no HS256: a shared secret would let every module sign.

${table(['', ...HEAD.slice(1)], list.filter((c) => c.name.startsWith('rs256')).map((c) => [`${c.connections} connections`, ...row(c).slice(1)]))}
## More connections than threads: 256

${table(['', 'a second', 'mean ms', 'p99 ms', 'longest ms', 'errors'], long.map(({ who, result: r }) => [NAMES[who], thousands(r.rate), ms(r.mean), ms(r.p99), ms(r.max), r.errors]))}
## How reading grows

${sizes(list, rows)}
## Memory and start

PSS of all its processes, before and after the load; cold start is from the program's launch to the first answer that read the database.

${table(['', 'processes', 'idle MB', 'loaded MB', 'cold start ms'], Object.keys(loaded).map((who) => [NAMES[who], loaded[who].processes, idle[who].mb.toFixed(1), loaded[who].mb.toFixed(1), starts[who === 'ours' ? 'again' : who].toFixed(0)]))}`;
}
