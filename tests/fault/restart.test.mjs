// Goal: each module, and pushd, restarted again and again under load: no request fails. Killed: it is back at once, nothing acknowledged is lost.
import { test } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import assert from 'node:assert/strict';
import { away, expect, FULL, MODULES, pidsOf, send, sleep, start } from './load.mjs';
import { until } from '../api/client.mjs';

const run = promisify(execFile);
const TIMES = FULL ? 20 : 4, KILLS = FULL ? 5 : 1;

for (const module of [...MODULES, 'pushd'])
  test(`fault-restart: ${module}, again and again, fails no request and doubles none`, { timeout: 300000 }, async () => {
    const load = await start();
    for (let i = 0; i < (module === 'persons' ? 20 : TIMES); i++) {
      await run(process.env.CTL, ['restart', module]);
      await sleep(FULL ? 150 : 50);
    }
    expect(`restart ${module}`, await load.stop(), { done: `${module === 'persons' ? 20 : TIMES} times` });
  });

for (const module of MODULES)
  test(`fault-kill: kill -9 of ${module} loses nothing acknowledged, and it is back`, { timeout: 120000 }, async () => {
    const load = await start();
    for (let i = 0; i < KILLS; i++) {
      await sleep(400);
      const old = pidsOf(new RegExp(`/${module}\\.fcgi$`));
      assert.ok(old.length > 0);
      for (const pid of old) process.kill(pid, 'SIGKILL');
      await until(async () => pidsOf(new RegExp(`/${module}\\.fcgi$`)).some((pid) => !old.includes(pid)) && (await send('GET', `/health/${module}`)).status === 200, 15000);
    }
    expect(`kill -9 ${module}`, await load.stop(), { done: `${KILLS} times`, failed: away });
  });
