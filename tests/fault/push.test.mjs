// Goal: every committed event reaches every resuming client once and in order, the sequence dense, whatever happens to the daemon: 16 writers
// with random sleeps and rollbacks, pushd killed with -9 five times and restarted twice. PUSH_SECONDS: how long (10).
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import WebSocket from 'ws';
import { BASE, call, newTenant, newPerson, newUser, sleep, until, VAR } from '../api/client.mjs';

const SECONDS = Number(process.env.PUSH_SECONDS ?? 10);
const WRITERS = 16, CLIENTS = 4;
const args = ['--no-defaults', `--socket=${VAR}/run/mariadb.sock`, '-N', '-B', 'almoner'];
const clients = [];
after(() => clients.forEach((client) => { client.stop = true; client.socket.terminate(); }));
const ctl = (...words) => execFileSync(process.env.CTL, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const pid = () => { try { return Number(ctl('status').match(/pushd\s+up\s+pid (\d+)/)?.[1]); } catch { return 0; } };

function listen(token) {
  const got = { seqs: [], names: new Set(), twice: 0, reconnects: 0, codes: new Set(), stop: false };
  (async () => {
    while (!got.stop) {
      await new Promise((done) => {
        const socket = new WebSocket(`${BASE.replace('http', 'ws')}/ws/persons?since=${got.seqs.length}`, { headers: { Authorization: `Bearer ${token}` } });
        got.socket = socket;
        socket.on('close', (code) => got.codes.add(code));
        socket.on('message', (data) => {
          const { seq, person } = JSON.parse(data);
          if (seq <= got.seqs.length) return; // at least once: the client drops what it has
          got.seqs.push(seq);
          if (got.names.has(person.name)) got.twice++;
          got.names.add(person.name);
        });
        socket.on('error', () => {});
        socket.on('close', done);
      });
      got.reconnects++;
      await sleep(20 + Math.random() * 50);
    }
  })();
  return got;
}

// Transactions as a module makes them, torn and slow ones among them; prints what was committed.
function write(n, tenant, until_ms) {
  return new Promise((done) => {
    const client = spawn('mariadb', [...args, '-n'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const committed = [];
    let text = '';
    client.stdout.on('data', (data) => {
      text += data;
      for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) committed.push(text.slice(0, end));
    });
    client.on('close', () => done(committed));
    (async () => {
      for (let i = 0; Date.now() < until_ms; i++) {
        const name = `w${n}.${i}`;
        const commits = Math.random() > 0.1;
        client.stdin.write(`START TRANSACTION; INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body, created_at) VALUES (UNHEX('${tenant.replaceAll('-', '')}'), 'persons', 'person_updated', 'person', 'update', UNHEX('00'), '{"name":"${name}"}', UTC_TIMESTAMP(3)); DO SLEEP(${(Math.random() ** 4 * 0.1).toFixed(4)}); ${commits ? `COMMIT; SELECT '${name}';` : 'ROLLBACK;'}\n`);
        await sleep(Math.random() * 20);
      }
      client.stdin.end();
    })();
  });
}

test('push-loss: killed five times under 16 writers, nothing is lost, doubled or out of order', { timeout: (SECONDS + 120) * 1000 }, async () => {
  const { token, tenant } = await newTenant();
  clients.push(...Array.from({ length: CLIENTS }, () => listen(token)));
  const until_ms = Date.now() + SECONDS * 1000;
  const harm = async () => {
    for (let i = 0; i < 7; i++) {
      await sleep((SECONDS * 1000) / 8);
      if (i === 2 || i === 5) ctl('restart', 'pushd');
      else process.kill(pid(), 'SIGKILL');
      await until(() => pid() > 0, 15000);
    }
  };
  const [written] = await Promise.all([Promise.all(Array.from({ length: WRITERS }, (_, n) => write(n, tenant, until_ms))), harm()]);
  const committed = new Set(written.flat());
  assert.ok(committed.size > WRITERS * SECONDS * 10, `${committed.size} commits`);
  await until(() => clients.every((c) => c.seqs.length >= committed.size), 60000);
  await sleep(500);
  for (const client of clients) {
    assert.ok(client.reconnects >= 3, `${client.reconnects} reconnects`);
    assert.ok(client.codes.has(1001), `told to go: ${[...client.codes]}`);
    assert.deepEqual([client.seqs.length, client.twice, client.seqs.findIndex((seq, i) => seq !== i + 1)], [committed.size, 0, -1]);
    assert.deepEqual(client.names, committed);
  }
  // Each writer's own events keep their order.
  const order = execFileSync('mariadb', args, { input: `SELECT JSON_VALUE(body, '$.name') FROM stream WHERE tenant_id = UNHEX('${tenant.replaceAll('-', '')}') ORDER BY seq`, encoding: 'utf8' }).trim().split('\n');
  for (let n = 0; n < WRITERS; n++) {
    const own = order.filter((name) => name.startsWith(`w${n}.`)).map((name) => Number(name.split('.')[1]));
    assert.deepEqual(own, [...own].sort((a, b) => a - b));
  }
  assert.equal(execFileSync('mariadb', args, { input: 'SELECT COUNT(*) FROM outbox', encoding: 'utf8' }).trim(), '0');
});

test('push-database: sockets outlive a database that hangs, and hear what follows', { timeout: 90000 }, async () => {
  const { token, tenant } = await newTenant();
  const member = await newUser(tenant, 'viewer');
  const sockets = [token, member.token].map((bearer) => {
    const socket = Object.assign(new WebSocket(`${BASE.replace('http', 'ws')}/ws/persons`, { headers: { Authorization: `Bearer ${bearer}` } }), { heard: 0, closed: false });
    socket.on('message', () => socket.heard++).on('close', () => (socket.closed = true)).on('error', () => {});
    clients.push({ socket });
    return socket;
  });
  await until(() => sockets.every((socket) => socket.readyState === WebSocket.OPEN));
  const server = Number(readFileSync(`${VAR}/run/mariadb.pid`, 'utf8'));
  process.kill(server, 'SIGSTOP');
  try {
    await sleep(8000);
    const refused = await fetch(`${BASE}/api/v1/changes`, { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2']);
  } finally {
    process.kill(server, 'SIGCONT');
  }
  await until(async () => (await call('POST', '/api/persons', { token, expected: false, body: { first_name: 'After', last_name: 'Wards', email: `a.${Date.now()}@example.com`, risk_level: 'low' } })).status === 201, 60000);
  await until(() => sockets.every((socket) => socket.heard === 1), 30000);
  assert.deepEqual(sockets.map((socket) => socket.closed), [false, false]);
});

// What is new is moved once even when two relays think that it is theirs: the lease only keeps them from trying.
test('push-rivals: two relays at once move every event once', { timeout: 60000 }, async () => {
  const { token, tenant } = await newTenant();
  const client = listen(token);
  clients.push(client);
  const folder = mkdtempSync(`${VAR}/tmp/rival-`), listening = createServer().listen(`${folder}/pushd.sock`);
  ['run', 'log', 'tmp'].forEach((name) => mkdirSync(`${folder}/${name}`));
  symlinkSync(`${VAR}/keys`, `${folder}/keys`);
  await once(listening, 'listening');
  const env = Object.fromEntries(readFileSync(`/proc/${pid()}/environ`, 'utf8').split('\0').filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const rival = spawn(`/proc/${pid()}/exe`, { env: { ...env, READY_FD: undefined, VAR: folder, DB_SOCKET: `${VAR}/run/mariadb.sock` }, stdio: [listening._handle.fd, 'ignore', openSync(`${folder}/log/pushd.log`, 'w')] });
  const thief = setInterval(() => execFileSync('mariadb', args, { input: "UPDATE relay_lease SET expires_at = '2000-01-01'" }), 100);
  try {
    const until_ms = Date.now() + 5000;
    const committed = new Set((await Promise.all(Array.from({ length: WRITERS }, (_, n) => write(n, tenant, until_ms)))).flat());
    await until(() => client.seqs.length >= committed.size, 20000);
    await sleep(500);
    assert.deepEqual([client.seqs.length, client.twice, client.seqs.findIndex((seq, i) => seq !== i + 1)], [committed.size, 0, -1]);
    assert.deepEqual(client.names, committed);
    assert.equal(rival.exitCode, null, readFileSync(`${folder}/log/pushd.log`, 'utf8'));
    const holders = new Set();
    await until(() => holders.add(execFileSync('mariadb', args, { input: 'SELECT HEX(holder) FROM relay_lease', encoding: 'utf8' })).size > 1, 10000);
  } finally {
    clearInterval(thief);
    if (rival.kill('SIGTERM')) await once(rival, 'exit');
    listening.close();
    rmSync(folder, { recursive: true });
  }
});

// A stream that was swept while nobody read it, and a database that was restored: the sequence goes on from its head.
test('push-heads: the relay goes by the heads, wherever they are found', { timeout: 60000 }, async () => {
  const { token, tenant } = await newTenant();
  const where = `WHERE tenant_id = UNHEX('${tenant.replaceAll('-', '')}')`;
  const seqs = () => execFileSync('mariadb', args, { input: `SELECT GROUP_CONCAT(seq) FROM stream ${where}`, encoding: 'utf8' }).trim();
  const tells = async (last_name, seq) => {
    await newPerson(token, { last_name });
    await until(() => seqs() === String(seq), 20000);
  };
  await tells('first', 1);
  execFileSync('mariadb', args, { input: `UPDATE stream_head SET seq = 4 ${where}; DELETE FROM stream ${where}` });
  await tells('after a sweep', 5);
  execFileSync('mariadb', args, { input: `UPDATE stream_head SET seq = 1 ${where}; DELETE FROM stream ${where}` });
  await tells('after a restore', 2);
  assert.equal(execFileSync('mariadb', args, { input: `SELECT COUNT(*) FROM outbox ${where}`, encoding: 'utf8' }).trim(), '0');
});

test('push-lease: a holder that is gone is succeeded within seconds, whatever its clock said', { timeout: 60000 }, async () => {
  const { token, tenant } = await newTenant();
  const client = listen(token);
  clients.push(client);
  await until(() => client.socket?.readyState === WebSocket.OPEN, 10000);
  const stolen = Date.now();
  execFileSync('mariadb', args, { input: "UPDATE relay_lease SET holder = UNHEX(REPEAT('ab', 16)), expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR" });
  await sleep(1500); // by then the one who held it knows
  execFileSync('mariadb', args, { input: `INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body, created_at) VALUES (UNHEX('${tenant.replaceAll('-', '')}'), 'persons', 'person_updated', 'person', 'update', UNHEX('00'), '{"name":"late"}', UTC_TIMESTAMP(3))` });
  await until(() => client.names.has('late'), 10000);
  assert.ok(Date.now() - stolen > 2800, `a holder that lives has ${Date.now() - stolen} ms to renew`);
});
