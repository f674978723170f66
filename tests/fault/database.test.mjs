// Goal: the database hangs (SIGSTOP) or dies (kill -9): 503 with Retry-After meanwhile (409 for a key that is still under way), nothing after, no module restarts, nothing acknowledged is
// lost, nothing is done twice.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { MODULES, busy, expect, FULL, pidsOf, send, sleep, start } from './load.mjs';
import { until } from '../api/client.mjs';

const modules = () => MODULES.flatMap((name) => pidsOf(new RegExp(`/${name}\\.fcgi$`)));
const answers = (load) => until(async () => (await send('GET', '/api/persons?per_page=1', { token: load.token })).status === 200, 60000);

/* What is asked after the database is back and what was under way has ended must not fail. */
async function after(load, before) {
  await answers(load);
  await sleep(2000);
  const back = Date.now();
  await sleep(1000);
  const result = await load.stop();
  assert.deepEqual(result.failed.filter((bad) => bad.at > back).slice(0, 3), []);
  assert.ok(result.failed.length > 0, 'the database was away');
  assert.deepEqual(modules(), before);
  return result;
}

test('fault-database: hung for 11 s', { timeout: 180000 }, async () => {
  const [pid] = pidsOf(/mariadbd$/);
  assert.ok(pid, 'a private database');
  const before = modules(), load = await start({ clients: 4 });
  await sleep(300);
  process.kill(pid, 'SIGSTOP');
  await sleep(11000);
  process.kill(pid, 'SIGCONT');
  const result = await after(load, before);
  expect('database stopped and continued', result, { done: '11 s', failed: busy });
});

test('fault-database: killed and started again', { skip: FULL ? false : 'takes longer: make fault', timeout: 300000 }, async () => {
  const before = modules(), load = await start({ clients: 4, patience: 60000 });
  for (let i = 0; i < 4; i++) {
    await sleep(1500);
    const [pid] = pidsOf(/mariadbd$/);
    process.kill(pid, 'SIGKILL');
    await until(() => pidsOf(/mariadbd$/).some((other) => other !== pid), 30000);
    await answers(load);
  }
  expect('database killed', await after(load, before), { done: '4 times', failed: busy });
});
