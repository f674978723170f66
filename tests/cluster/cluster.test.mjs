// Goal: whatever happens to a node, a link or all nodes at once: the majority goes on, the minority says so, nothing acknowledged is lost,
// nothing is there twice, and every resuming client hears every event once. Two sites write and read all the while.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ask, Listener, Load, siteAt, sleep } from './site.mjs';

const { CLUSTER, CTL } = process.env;
const run = promisify(execFile);
const cluster = async (...words) => (await run('tests/cluster/cluster.sh', words)).stdout.trim();
const sql = (node, text) => cluster('sql', String(node), text);
const a = siteAt('a', '10.78.0.11'), b = siteAt('b', '10.78.0.12');
const listeners = [];
const key = (id) => `UNHEX('${id.replaceAll('-', '')}')`;
let load, token, tenant, elsewhere, hot, uuid;

async function until(check, ms) {
  const started = Date.now();
  while (Date.now() - started < ms) {
    try { if (await check()) return Date.now() - started; } catch { /* not yet */ }
    await sleep(100);
  }
  throw new Error(`not true within ${ms} ms: ${check}`);
}
const synced = (...nodes) => until(async () => { for (const n of nodes) await cluster('synced', String(n)); return true; }, 60000);
const measured = (what, values) => console.log(`measured: ${what}: ${JSON.stringify(values)}`);
const brief = ({ good, refused, other, pause }) => ({ good, refused, other: other.length, pause_ms: pause });
/** What happened since the last look, printed, with nothing but good answers and proper refusals in it. */
function looked(what) {
  const seen = load.look();
  for (const [site, { writes, reads }] of Object.entries(seen)) {
    measured(`${what}, site ${site}`, { writes: brief(writes), reads: brief(reads) });
    assert.deepEqual([...writes.other, ...reads.other].slice(0, 3), [], `${what}: answers that are neither good nor 503 with Retry-After`);
  }
  assert.equal(load.stale, 0, `${what}: acknowledged, and not there when read back`);
  return seen;
}
/** The listeners have everything that the stream has. */
async function caughtUp(ms) {
  const head = async () => Number(await until1(() => sql(1, `SELECT seq FROM almoner.stream_head WHERE tenant_id = ${key(tenant)}`)));
  const least = await head();
  return until(() => listeners.every((listener) => listener.events.length >= least), ms);
}
const until1 = async (get) => { let value; await until(async () => (value = await get()), 5000); return value; };

async function newTenant(site, name) {
  const reply = await ask(site, 'POST', '/api/auth/register', { body: { email: `${name}@example.com`, password: 'secure123', name, tenant_name: name } });
  assert.equal(reply.status, 200, reply.text);
  return { token: reply.body.token, tenant: reply.body.tenant.tenant_id };
}
const newPerson = async (site, by) => (await ask(site, 'POST', '/api/persons', { token: by, body: { first_name: 'Hot', last_name: 'Row', email: 'hot@example.com', risk_level: 'low' } })).body.id;

before(async () => {
  ({ token, tenant } = await newTenant(a, 'ada'));
  hot = await newPerson(b, token);
  elsewhere = await newTenant(b, 'bea');
  elsewhere.person_id = await newPerson(a, elsewhere.token);
  uuid = (await sql(1, "SHOW STATUS LIKE 'wsrep_cluster_state_uuid'")).split('\t')[1];
  for (const sites of [[a], [b]]) listeners.push(new Listener(sites, token));
  for (const sites of [[a, b], [b, a]]) listeners.push(new Listener(sites, token, 2500));
  load = new Load([a, b], token);
  load.start({ writers: 4, hot, elsewhere });
  await sleep(1500);
  load.look();
});

const quiet = () => Promise.all(listeners.map((listener) => listener.stop()));
after(async () => {
  load.stopped = true;
  await quiet();
  a.agent.destroy();
  b.agent.destroy();
});

test('calm: every request is answered, what one site wrote the other reads at once', async () => {
  await sleep(6000);
  const seen = looked('calm');
  for (const { writes, reads } of Object.values(seen)) {
    assert.equal(writes.refused + reads.refused, 0);
    assert.ok(writes.good > 100 && reads.good > 100, JSON.stringify(seen));
  }
  assert.ok((await caughtUp(3000)) < 3000);
});

test('a node is killed: both sites go on', async () => {
  await cluster('kill', '1');
  await sleep(8000);
  const seen = looked('node 1 killed');
  for (const { writes } of Object.values(seen)) {
    assert.ok(writes.refused <= 20, `${writes.refused} refused`);
    assert.ok(writes.pause < 7000 && writes.good > 50, JSON.stringify(writes));
  }
  measured('rejoin of node 1, ms', await Promise.all([cluster('node', '1'), synced(1)]).then(([, ms]) => ms));
  await sleep(1500);
  const connections = () => sql(1, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE HOST LIKE '10.77.0.11:%' AND USER = 'almoner_persons'");
  measured('rejoined, ms until site a is back at the node it prefers', await until(async () => Number(await connections()) > 4, 15000));
  for (const { writes } of Object.values(looked('rejoin of node 1'))) assert.ok(writes.refused <= 20 && writes.good > 20, JSON.stringify(writes));
});

test('a link is cut: the site that preferred the node behind it goes on at another', async () => {
  await cluster('cut', '3');
  await sleep(10000);
  for (const { writes } of Object.values(looked('node 3 cut off'))) {
    assert.ok(writes.refused <= 20, `${writes.refused} refused`);
    assert.ok(writes.pause < 9000 && writes.good > 20, JSON.stringify(writes));
  }
  await cluster('heal');
  measured('healed, ms until node 3 is synced', await synced(3));
  looked('healing');
});

test('a site is cut off with its node: it refuses, the majority goes on', async () => {
  await cluster('cut', '3', 'b');
  await sleep(6000);
  const first = looked('cutting node 3 and site b off');
  assert.ok(first.a.writes.refused <= 20 && first.a.writes.pause < 7000, JSON.stringify(first.a.writes));
  await sleep(5000);
  const later = looked('node 3 and site b are cut off');
  assert.ok(later.a.writes.good > 50 && later.a.writes.refused === 0, JSON.stringify(later.a.writes));
  assert.deepEqual([later.b.writes.good, later.b.reads.good], [0, 0]);
  assert.ok(later.b.writes.refused > 10, JSON.stringify(later.b.writes));
  assert.equal((await ask(b, 'GET', '/health/persons')).status, 503);
  assert.equal((await ask(a, 'GET', '/health/persons')).status, 200);
  await cluster('heal');
  const [back, writes] = await Promise.all([synced(3), until(async () => load.counts.b.writes.look().good > 0, 15000)]);
  measured('healed, ms until node 3 is synced, until site b writes', [back, writes]);
  await sleep(2000);
  looked('after healing');
  measured('healed, ms until every listener has everything', await caughtUp(10000));
});

test('the daemons that push are killed one after the other', async () => {
  for (const site of ['a', 'b', 'a']) {
    process.kill(await pidOf(site), 'SIGKILL');
    await sleep(2500);
  }
  looked('pushd killed');
  await caughtUp(10000);
});

async function pidOf(site) {
  const { stdout } = await run(CTL, ['status'], { env: { ...process.env, VAR: `${CLUSTER}/${site}` } });
  return Number(stdout.match(/pushd\s+up\s+pid (\d+)/)[1]);
}

test('all nodes are killed at once: both sites refuse, and go on when the nodes are back', async () => {
  await cluster('kill', '1', '2', '3');
  await sleep(4000);
  const seen = looked('all nodes killed');
  for (const { writes } of Object.values(seen)) assert.ok(writes.refused > 5, JSON.stringify(writes));
  const started = Date.now();
  await Promise.all(['1', '2', '3'].map((n) => cluster('node', n, 'later')));
  await synced(1, 2, 3);
  measured('started with recovered positions, ms until all are synced', Date.now() - started);
  await until(async () => load.counts.a.writes.look().good > 0 && load.counts.b.writes.look().good > 0, 15000);
  measured('the same, ms until both sites write', Date.now() - started);
  await sleep(3000);
  looked('after the restart of all nodes');
});

/** "person_" and 26 letters of Crockford's base 32 for 16 bytes. */
function hexOf(id) {
  const letters = '0123456789abcdefghjkmnpqrstvwxyz';
  return [...id.split('_').at(-1)].reduce((n, letter) => n * 32n + BigInt(letters.indexOf(letter)), 0n).toString(16).padStart(32, '0');
}

test('in the end: nothing lost, nothing double, one stream for all, and the nodes are equal', async () => {
  await load.stop();
  await until(async () => (await sql(1, 'SELECT COUNT(*) FROM almoner.outbox')) === '0', 10000);
  measured('until every listener has everything, ms', await caughtUp(20000));
  await sleep(500);
  const of = `WHERE tenant_id = ${key(tenant)}`;
  const stored = (await sql(2, `SELECT LOWER(HEX(id)), name, version FROM almoner.persons ${of}`)).split('\n').map((line) => line.split('\t'));
  const names = new Map(stored.map(([id, name]) => [name, id]));
  measured('acknowledged, unknown, stored', [load.acked.size, load.maybe.size, stored.length]);
  assert.ok(load.acked.size > 500, `${load.acked.size} acknowledged`);
  assert.deepEqual([...load.acked].filter(([name, id]) => names.get(name) !== hexOf(id)), [], 'acknowledged and lost');
  assert.equal(names.size, stored.length, 'stored twice');
  assert.deepEqual([...names.keys()].filter((name) => !load.acked.has(name) && !load.maybe.has(name) && name !== 'Hot Row'), [], 'stored, and nobody asked for it');
  const version = Number(stored.find(([, name]) => name === 'Hot Row')[2]);
  measured('the record that all change: acknowledged, unknown, version', [load.hot.acked, load.hot.maybe, version]);
  assert.ok(version - 1 >= load.hot.acked && version - 1 <= load.hot.acked + load.hot.maybe, `version ${version} after ${load.hot.acked} acknowledged changes`);

  const told = new Map((await sql(3, `SELECT description, COUNT(*) FROM almoner.interactions WHERE tenant_id = ${key(elsewhere.tenant)} GROUP BY description`)).split('\n').map((line) => line.split('\t')));
  measured('without any key: asked, acknowledged, stored', [load.told.size, [...load.told.values()].filter(Boolean).length, told.size]);
  assert.deepEqual([...told].filter(([summary, times]) => times !== '1' || !load.told.has(summary)), [], 'done twice');
  assert.deepEqual([...load.told].filter(([summary, acked]) => acked && !told.has(summary)), [], 'acknowledged and lost');

  const [count, least, most] = (await sql(3, `SELECT COUNT(*), MIN(seq), MAX(seq) FROM almoner.stream ${of}`)).split('\t').map(Number);
  assert.deepEqual([least, most, count], [1, count, stored.length + version - 1], 'one event a change, the sequence dense');
  for (const listener of listeners) {
    measured('a listener: events, reconnects', [listener.events.length, listener.reconnects]);
    assert.deepEqual([listener.gaps, listener.doubled, listener.events.length], [[], 0, count]);
    assert.deepEqual(listener.events, listeners[0].events, 'both daemons serve the same stream');
  }
  const audited = await sql(1, `SELECT COUNT(*), COUNT(DISTINCT record_id, version) FROM almoner.audit ${of} AND resource = 'person'`);
  assert.equal(audited, `${count}\t${count}`, 'one audit row a change');
  const epoch = Number(await sql(1, 'SELECT epoch FROM almoner.relay_lease'));
  measured('changes of the relay', epoch);
  assert.ok(epoch <= 25, `the lease changed hands ${epoch} times`);
});

test('every node: synced, three of them, the state it had, and the same tables', async () => {
  const states = [];
  for (const n of [1, 2, 3]) {
    const status = Object.fromEntries((await sql(n, 'SHOW STATUS LIKE \'wsrep_%\'')).split('\n').map((line) => line.split('\t')));
    states.push([status.wsrep_local_state_comment, status.wsrep_cluster_size, status.wsrep_cluster_status, status.wsrep_cluster_state_uuid]);
  }
  assert.deepEqual(states, Array(3).fill(['Synced', '3', 'Primary', uuid]));
  assert.ok(!uuid.startsWith('00000000-'), uuid);
  await quiet();
  await Promise.all(['a', 'b'].map((name) => run('cgi-bin/ctl/stack.sh', ['stop'], { env: { ...process.env, VAR: `${CLUSTER}/${name}` } })));
  const tables = (await sql(1, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'almoner' AND TABLE_TYPE = 'BASE TABLE'")).split('\n');
  const sums = await Promise.all([1, 2, 3].map((n) => sql(n, `SET SESSION wsrep_sync_wait = 15; CHECKSUM TABLE ${tables.map((name) => `almoner.${name}`).join(', ')}`)));
  assert.ok(tables.length > 20, `${tables.length} tables`);
  assert.equal(sums[1], sums[0]);
  assert.equal(sums[2], sums[0]);
});
