// Goal: the disk is full, under the database and under the logs: what can't be stored is refused, nothing acknowledged is lost, and when there is
// room again all is as before. A stack of its own on small file systems in memory; needs root to mount them.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { away, expect, FULL, pidsOf, send, sleep, start } from './load.mjs';
import { somebody, unique, until } from '../api/client.mjs';

const why = process.getuid() !== 0 ? 'only root may mount a small file system' : FULL ? false : 'takes longer: make fault';
if (why) console.log(`# SKIP: ${why}`);

const folder = why ? '' : mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/almoner-disk.`);
const mounts = [];
const freePort = () => new Promise((done) => { const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); }); });
const ports = why ? {} : { HTTP_PORT: String(await freePort()), HTTPS_PORT: String(await freePort()) };
const stack = (verb) => { const { status, stdout, stderr } = spawnSync('cgi-bin/ctl/stack.sh', [verb], { env: { ...process.env, ...ports, VAR: folder, SMTP_URL: '', DB_LOG: '16M', DB_MEMORY: '32M' }, encoding: 'utf8' }); assert.equal(status, 0, stdout + stderr); };
const mount = (path, size) => { execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path]); mounts.push(path); };
const ballast = (path) => { try { for (let i = 0; ; i++) writeFileSync(`${path}/ballast.${i}`, Buffer.alloc(1 << 16)); } catch (error) { assert.equal(error.code, 'ENOSPC'); } };
const drop = (path) => execFileSync('find', [path, '-maxdepth', '1', '-name', 'ballast.*', '-delete']);
after(() => {
  if (why) return;
  try { stack('stop'); } catch { /* what did not start */ }
  for (const path of mounts) spawnSync('umount', ['-l', path]);
  rmSync(folder, { recursive: true, force: true });
});

async function account(base) {
  const reply = await send('POST', '/api/auth/register', { base, body: { email: `a.${unique()}@example.com`, password: 'secure123', name: 'A', tenant_name: unique() } });
  assert.equal(reply.status, 200, reply.text);
  const { token, tenant } = JSON.parse(reply.text);
  return { token, tenant: tenant.tenant_id };
}

/* From the state folder of a stack that has been started once: its database and its logs on small file systems. */
function small() {
  stack('start');
  stack('stop');
  renameSync(`${folder}/db`, `${folder}/db.big`);
  mkdirSync(`${folder}/db`);
  const used = Number(execFileSync('du', ['-sm', `${folder}/db.big`], { encoding: 'utf8' }).split('\t')[0]);
  mount(`${folder}/db`, `${used + 150}m`); // and the temporary table space, which is made anew
  cpSync(`${folder}/db.big`, `${folder}/db`, { recursive: true });
  renameSync(`${folder}/log`, `${folder}/log.big`);
  mkdirSync(`${folder}/log`);
  mount(`${folder}/log`, '4m');
  stack('start');
}

test('fault-disk: full under the database, then under the logs', { skip: why, timeout: 280000 }, async () => {
  small();
  const base = `http://127.0.0.1:${ports.HTTP_PORT}`;
  const [pid] = pidsOf(/mariadbd$/, folder);
  const one = { clients: 8, base, folder, account: await account(base), patience: 60000, notes: 'x'.repeat(4000) };
  const load = await start(one);
  await sleep(1000);
  ballast(`${folder}/db`);
  await until(() => load.failed.length > 20, 60000);
  await sleep(3000);
  const died = pidsOf(/mariadbd$/, folder)[0] !== pid;
  load.notes = undefined; // or it would be full again at once
  drop(`${folder}/db`);
  let last;
  const works = async () => (last = await send('POST', '/api/persons', { base, token: one.account.token, body: somebody() })).status === 201;
  await until(works, 60000).catch(() => assert.fail(`not back: ${last.status} ${last.text}`));
  await sleep(2000);
  const back = Date.now();
  await sleep(1000);
  const result = await load.stop();
  assert.deepEqual(result.failed.filter((bad) => bad.at > back).slice(0, 3), []);
  expect('disk of the database full', result, { done: died ? 'the server ended itself' : 'the server went on', failed: away });

  const logged = await start({ ...one, notes: undefined });
  await sleep(500);
  ballast(`${folder}/log`);
  assert.equal(statfsSync(`${folder}/log`).bavail, 0);
  await sleep(3000);
  drop(`${folder}/log`);
  await sleep(500);
  expect('disk of the logs full', await logged.stop(), { done: '3 s' });
  const before = readFileSync(`${folder}/log/persons.log`, 'utf8').length;
  assert.equal((await send('GET', '/health/persons', { base })).status, 200);
  await until(() => readFileSync(`${folder}/log/persons.log`, 'utf8').length > before, 5000); // lines gather for a moment
});
