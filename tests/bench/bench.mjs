// make bench: checks that everybody answers the same, then measures everybody in turn, and hands the figures to results.mjs.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { makeSets, PAGE, personId, secrets, tokenBy } from './persons.mjs';
import { answers, busyTicks, end, endAll, family, groups, launch, module, origin, programs, pss, request, sleep, socket, sql, startEdge, ticks } from './rig.mjs';
import { write } from './results.mjs';

const { SCRATCH, BENCH_ONLY } = process.env;
const SECONDS = Number(process.env.BENCH_SECONDS), ROUNDS = Number(process.env.BENCH_ROUNDS), TICK_US = 10000;
const HERE = new URL('.', import.meta.url).pathname;
const LIMITS = ['nginx', 'hello', 'best'], PEERS = ['orm', 'express', 'fastify', 'go', 'php'];
process.on('exit', endAll);

async function output(command, args, { input, env } = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${code}`);
  return JSON.parse(text.trim().split('\n').pop());
}

// --- the cases: {name, who, kind, connections, file, token, tls} ------------------------------------------------------------------
function cases({ sets, writes }, rs256) {
  const [small, middle, large] = sets, list = [];
  const add = (name, who, connections, more) => {
    const set = more.set ?? middle;
    list.push({ name, who, connections, mode: 'get', token: who === 'ours' ? set.token : set.peerToken, ...more });
  };
  const get = (who, set = middle) => (who === 'ours' ? set.files.get : set.files.peerGet);
  for (const connections of [32, 64]) for (const who of ['ours', ...LIMITS, 'orm', 'bare', ...PEERS.slice(1)]) add(`get${connections}`, who, connections, { file: get(who) });
  for (const who of ['ours', 'best', ...PEERS]) add('page', who, 32, { file: middle.files.page });
  for (const who of PEERS) add('total', who, 32, { file: middle.files.total });
  for (const who of ['ours', ...PEERS]) add('post', who, 32, { mode: 'post', set: writes });
  for (const [what, threads] of [['read', 16], ['page', 16], ['commit', 32]]) list.push({ name: `raw ${what}`, who: 'raw', what, threads, ids: readFileSync(middle.files.ids), tenant: (what === 'commit' ? writes : middle).tenant });
  add('304', 'ours', 32, { mode: 'known', file: middle.files.get });
  for (const who of ['ours', 'fastify']) add('tls get', who, 32, { tls: true, file: get(who) });
  for (const who of ['ours', 'fastify']) add('tls page', who, 32, { tls: true, file: middle.files.page });
  for (const who of ['ours', 'fastify']) add('tls post', who, 32, { tls: true, mode: 'post', set: writes });
  for (const connections of [32, 64]) add(`rs256 get${connections}`, 'ours', connections, { file: middle.files.get, token: rs256 });
  for (const who of ['ours', 'fastify', 'go', 'php']) add('get256', who, 256, { file: get(who) });
  for (const set of [small, middle, large])
    for (const what of ['get', 'page', 'cursor', 'number', 'filter', 'search']) add(`size ${what} ${set.rows}`, 'ours', 2, { file: set.files[what], set });
  return list.filter((c) => !BENCH_ONLY || new RegExp(BENCH_ONLY).test(`${c.who} ${c.name}`));
}

// --- one run -------------------------------------------------------------------------------------------------------------------
let runs = 0;
function load(c, seconds) {
  const first = c.mode === 'post' ? `p${process.pid}r${++runs}` : c.file;
  return output('wrk', ['-t2', `-c${c.connections}`, `-d${seconds}s`, '-s', `${HERE}load.lua`, origin(c.who, c.tls), '--', c.mode, first, c.token]);
}
const raw = (c, seconds) => output(`${SCRATCH}/raw`, [c.what, String(c.threads), String(seconds)], { input: c.ids, env: { ...secrets, DB_SOCKET: socket, TENANT: c.tenant } });

async function run(c, seconds) {
  const pids = c.who === 'raw' ? { nginx: [], program: [], db: groups('nginx').db, behind: [] } : groups(c.who);
  const read = () => Object.fromEntries(Object.entries(pids).map(([name, list]) => [name, ticks(list)]));
  const before = read(), busyBefore = busyTicks();
  const got = await (c.who === 'raw' ? raw : load)(c, seconds);
  const after = read(), busy = busyTicks() - busyBefore;
  if (c.who === 'raw') Object.assign(got, { us: got.seconds * 1e6, errors: 0, max: got.p99, mean: got.p50 });
  const result = { rate: got.requests / (got.us / 1e6), p50: got.p50, p99: got.p99, max: got.max, mean: got.mean, errors: got.errors };
  for (const name of Object.keys(pids)) result[name] = ((after[name] - before[name]) * TICK_US) / Math.max(1, got.requests);
  if (c.who === 'raw') result.program = got.cpu_us / got.requests;
  const served = Object.keys(pids).reduce((sum, name) => sum + after[name] - before[name], 0);
  result.rest = (busy - served) / (seconds * 100 * availableParallelism()); // the load's own share, and whatever else ran
  return result;
}

// --- nobody is measured who does not do the same work ---------------------------------------------------------------------------
const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const plainPort = (who) => (who === 'ours' ? Number(process.env.HTTP_PORT) : programs[who].port);
const expect = (good, text) => { if (!good) throw new Error(`not the same work: ${text}`); };
const members = (doc) => JSON.stringify(Object.entries(doc).sort());

async function getJson(who, path, token) {
  const reply = await request(plainPort(who), path, { headers: bearer(token) });
  expect(reply.status === 200, `${who} ${path}: ${reply.status} ${reply.text.slice(0, 200)}`);
  return JSON.parse(reply.text);
}
const bare = (doc, who) => ({ ...doc, id: who === 'ours' ? doc.id : personId(doc.id) });

async function checkReads(set) {
  const id = set.ids[0];
  const ours = await getJson('ours', `/api/persons/${personId(id)}`, set.token);
  const page = (await getJson('ours', `/api/persons?limit=${PAGE}`, set.token));
  expect(page.persons.length === PAGE && page.total === set.rows, `a page of ours: ${page.persons.length} of ${page.total}`);
  for (const who of ['best', 'bare', ...PEERS]) {
    expect(members(bare(await getJson(who, `/api/persons/${id}`, set.peerToken), who)) === members(ours), `${who}: a person`);
    if (who === 'bare') continue;
    const theirs = await getJson(who, `/api/persons?limit=${PAGE}${who === 'best' ? '' : '&total=1'}`, set.peerToken);
    expect(theirs.persons.every((p, i) => members(bare(p, who)) === members(page.persons[i])) && theirs.persons.length === PAGE, `${who}: a page`);
    expect(who === 'best' || theirs.total === set.rows, `${who}: the total`);
    if (who === 'best') continue;
    const refused = await request(plainPort(who), `/api/persons/${id}`, { headers: bearer(set.peerToken.slice(0, -2) + (set.peerToken.endsWith('AA') ? 'BB' : 'AA')) });
    expect(refused.status === 401, `${who} takes a forged token: ${refused.status}`);
  }
  const known = await request(plainPort('ours'), `/api/persons/${personId(id)}`, { headers: { ...bearer(set.token), 'If-None-Match': '"1"' } });
  expect(known.status === 304, `304 of ours: ${known.status}`);
}

/* One POST: the answer, and a row each in persons, audit and idempotency, and an event (which ours soon moves from outbox to stream). */
async function checkWrites(set) {
  const of = `WHERE tenant_id = x'${set.tenant.replaceAll('-', '')}'`;
  const count = () => sql(`SELECT (SELECT COUNT(*) FROM persons ${of}), (SELECT COUNT(*) FROM audit ${of} AND resource = 'person'), (SELECT COUNT(*) FROM idempotency ${of} AND status = 201 AND body IS NOT NULL), (SELECT COUNT(*) FROM outbox ${of}) + (SELECT COUNT(*) FROM stream ${of})`).split('\t').map(Number);
  let ours;
  for (const who of ['ours', ...PEERS]) {
    const before = count();
    const body = JSON.stringify({ first_name: 'Jane', last_name: 'Smith', email: `check.${who}@example.com`, risk_level: 'moderate', notes: 'a note' });
    const reply = await request(plainPort(who), '/api/persons', { method: 'POST', body, headers: { ...bearer(who === 'ours' ? set.token : set.peerToken), 'Content-Type': 'application/json', 'Idempotency-Key': `check-${who}` } });
    expect(reply.status === 201, `${who} POST: ${reply.status} ${reply.text.slice(0, 300)}`);
    const made = { ...JSON.parse(reply.text), id: '', email: '', created_at: '', updated_at: '' };
    ours ??= members(made);
    expect(members(made) === ours && !!reply.headers.location, `${who}: a new person`);
    for (let i = 0; i < 20 && count()[3] === before[3]; i++) await sleep(50);
    expect(count().every((n, i) => n === before[i] + 1), `${who}: rows ${before} became ${count()}`);
  }
}

// --- memory and start ----------------------------------------------------------------------------------------------------------
const memory = () => Object.fromEntries([['ours', [module('persons')]], ...['best', 'orm', 'bare', ...PEERS].map((who) => [who, family(programs[who].child.pid)])].map(([who, pids]) => [who, { processes: pids.length, mb: pss(pids) }]));

async function coldStart(who, set) {
  const path = who === 'again' ? `/api/persons/${personId(set.ids[0])}` : `/api/persons/${set.ids[0]}`;
  const env = who === 'again' ? { DB_PASSWORD_FILE: `${process.env.VAR}/secrets/db-persons`, RATE_LIMIT_SCALE: '1000000' } : { ...secrets, TENANT: set.tenant };
  if (programs[who].child) await end(programs[who].child);
  let began = Date.now() * 1000;
  const child = launch(who, env);
  if (programs[who].command === 'python3') began = Number(String((await once(child.stdout, 'data'))[0]));
  await answers(programs[who].port, path, bearer(who === 'again' ? set.token : set.peerToken));
  return Date.now() - began / 1000;
}

// --- all of it -----------------------------------------------------------------------------------------------------------------
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
function medians(rounds) {
  return Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, name === 'errors' ? rounds.reduce((n, r) => n + r.errors, 0) : median(rounds.map((r) => r[name]))]));
}

async function main() {
  const began = Date.now(), before = Number(process.env.LOAD_BEFORE), said = (text) => console.error(`${Math.round((Date.now() - began) / 1000)} s: ${text}`);
  const made = await makeSets(Number(process.env.BENCH_ROWS));
  const middle = made.sets[1];
  said(`rows are in: ${made.sets.map((set) => set.rows).join(', ')}`);
  const starts = { again: [], best: [], go: [], php: [], fastify: [], express: [], bare: [], orm: [] };
  await startEdge(secrets);
  launch('hello', secrets);
  for (const who of Object.keys(starts)) await coldStart(who, middle); // files come from the cache from now on
  for (let round = 0; round < ROUNDS && !BENCH_ONLY; round++) for (const who of Object.keys(starts)) starts[who].push(await coldStart(who, middle));
  await end(programs.again.child);
  await checkReads(middle);
  await checkWrites(made.writes);
  const idle = memory(), rs256 = await tokenBy('RS256', middle), list = cases(made, rs256);
  said(`everybody answers the same; ${list.length} cases`);
  for (const c of list.filter((c) => /^(get32|page|post|raw .*)$/.test(c.name))) await run(c, SECONDS); // caches, and compilers that work while it runs
  for (let round = 1; round <= ROUNDS; round++) {
    for (const c of list) (c.rounds ??= []).push(await run(c, SECONDS));
    said(`round ${round}`);
  }
  for (const c of list) {
    c.result = medians(c.rounds);
    if (c.result.errors) said(`${c.who} ${c.name}: ${c.result.errors} errors`);
    if (BENCH_ONLY) console.log(c.who, c.name, JSON.stringify(c.result, (_, v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v)));
  }
  if (BENCH_ONLY) return;
  const text = write({ list, idle, loaded: memory(), starts: Object.fromEntries(Object.entries(starts).map(([who, ms]) => [who, median(ms)])), sizes: made.sets.map((set) => set.rows), seconds: SECONDS, before, took: (Date.now() - began) / 1000 });
  writeFileSync(process.env.BENCH_RESULTS, text);
  said(`written: ${process.env.BENCH_RESULTS}`);
}

await main();
process.exit();
