// A module of its own beside the stack's, with one thread and tests/fault/fail_malloc.c preloaded; requests in which the n-th allocation fails.
import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep, until, VAR } from '../api/client.mjs';
import { fastcgi } from './fastcgi.mjs';

const BUILD = process.env.BUILD, CTL = process.env.CTL;
const ARMED = 0, FAIL_AT = 8, COUNTED = 16, FIRED = 24, WHERE = 32, SIZE = 32 + 2048, LIVING = SIZE;

/** Who may end the process when memory runs out: libraries that abort, and say so in their manuals or sources. */
const ABORTS = [
  [/libglib|libgobject|libpango|libfontconfig|libharfbuzz/, 'glib (g_malloc aborts) under pango'],
  [/libcairo/, 'cairo (uses what it did not get)'],
  [/libical/, 'libical (uses what it did not get)'],
  [/libfcgi/, 'libfcgi (asserts its allocations)'],
  [/libjansson/, 'jansson (asserts that its texts grew)'],
  [/libmariadb.* connect_host/, 'Connector/C while it connects (uses what it did not get)'],
];

/** A token like ${token}, but one that no cache knows. */
export function freshToken(token) {
  const [kid] = readFileSync(`${VAR}/keys/current`, 'utf8').split(' ');
  const [head, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const text = [{ ...head, kid }, { ...claims, jti: randomUUID() }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = createPrivateKey(readFileSync(`${VAR}/keys/${kid}.pem`));
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** start(program, {threads, env}): the program (build/…/persons.fcgi) under a supervisor of its own; threads: 'own' or 'all' count. */
export async function start(program, { threads = 'own', env: more = {} } = {}) {
  const name = basename(program).split('.')[0];
  const folder = `${VAR}/torture-${name}`, control = `${folder}/control`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/run`, { recursive: true });
  mkdirSync(`${folder}/log`);
  for (const shared of ['secrets', 'keys', 'files', 'tls']) symlinkSync(`${VAR}/${shared}`, `${folder}/${shared}`);
  symlinkSync(`${VAR}/run/mariadb.sock`, `${folder}/run/mariadb.sock`);
  writeFileSync(control, Buffer.alloc(4096));
  const fd = openSync(control, 'r+');
  const env = { ...process.env, VAR: folder, THREADS: '1', RATE_LIMIT_SCALE: '0', FAIL_MALLOC: control, FAIL_MALLOC_PROGRAM: basename(program), FAIL_MALLOC_THREADS: threads,
    ASAN_OPTIONS: `verify_asan_link_order=0:allocator_may_return_null=1:detect_leaks=1:${process.env.ASAN_OPTIONS ?? ''}`, LD_PRELOAD: fileURLToPath(new URL('../../build/tests/fault/fail_malloc.so', import.meta.url)), ...more };
  const bare = { ...env, LD_PRELOAD: '' };
  const supervisor = spawn(CTL, ['supervise', program], { env, stdio: ['ignore', openSync(`${folder}/log/supervisor.log`, 'a'), openSync(`${folder}/log/supervisor.log`, 'a')] });
  const ctl = (...words) => { try { return execFileSync(CTL, words, { env: bare, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }); } catch (error) { return String(error.stdout); } };
  const pidNow = () => Number(ctl('status').match(/ up +pid (\d+)/)?.[1] ?? 0);
  await until(() => pidNow() > 0, 60000);
  let pid = pidNow();
  const state = () => { const bytes = Buffer.alloc(SIZE); readSync(fd, bytes, 0, SIZE, 0); return bytes; };
  const module = {
    name, folder, socket: `${folder}/run/${name}.sock`, log: () => readFileSync(`${folder}/log/${name}.log`, 'utf8'),
    pid: () => pid,
    /** The next allocations count, and number ${n} fails (0: none does). */
    arm(n) {
      const bytes = Buffer.alloc(SIZE);
      bytes.writeBigInt64LE(BigInt(n), FAIL_AT);
      writeSync(fd, bytes, 0, SIZE, 0);
      writeSync(fd, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), 0, 8, ARMED);
    },
    disarm() {
      writeSync(fd, Buffer.alloc(8), 0, 8, ARMED);
      const bytes = state();
      return { counted: Number(bytes.readBigInt64LE(COUNTED)), fired: bytes.readBigInt64LE(FIRED) === 1n, where: bytes.toString('latin1', WHERE, bytes.indexOf(0, WHERE)) };
    },
    /** Blocks of memory that the process has not given back. */
    living() { const bytes = Buffer.alloc(8); readSync(fd, bytes, 0, 8, LIVING); return Number(bytes.readBigInt64LE()); },
    send: (method, path, more) => fastcgi(module.socket, method, path, more),
    alive: () => { try { return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')); } catch { return false; } },
    /** Whether the process ended after it had let go of an answer; it may take a moment to. */
    async ended() {
      for (let i = 0; i < 40 && module.alive(); i++) await sleep(25);
      return !module.alive();
    },
    async revive() {
      ctl('start', name); // without the pause that a program earns that dies again and again
      await until(() => (pid = pidNow()) > 0, 30000);
    },
    async stop() {
      ctl('stop', name);
      const ended = new Promise((done) => supervisor.on('exit', done));
      if (supervisor.exitCode === null && supervisor.kill('SIGTERM')) await ended;
      closeSync(fd);
    },
  };
  return module;
}

/** The library that aborts, when it is one that does so by design. */
export const whoAborted = (where) => ABORTS.find(([library]) => library.test(named(where).replace(/\s+/g, ' ')))?.[1];

/** The library that was refused memory, and may have left some of its own on its way out; undefined when it was one of our programs. */
export const library = (where) => where.split(' ').map((frame) => frame.split('+')[0]).find((file) => !file.startsWith('libc.so'))?.match(/^lib[^.]*/)?.[0];

/** "file+offset …" with the functions' names. */
export function named(where) {
  return where.split(' ').filter(Boolean).slice(0, 14).map((frame) => {
    const [file, offset] = frame.split('+');
    const program = [`${BUILD}/cgi-bin/${file}`, `${BUILD}/${file}`].find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
    if (!program) return frame;
    return execFileSync('addr2line', ['-f', '-s', '-e', program, offset], { encoding: 'utf8' }).trim().replace('\n', ' ');
  }).join('\n    ');
}

/** tries(count, most): which of ${count} allocations fail: all, or ${most} spread over them; libfcgi's own, which end the process, come first: few of those. */
export function tries(count, most) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i + 1);
  const skipped = Math.min(23, count - 1), step = (count - skipped) / (most - 1);
  return [...new Set([10, ...Array.from({ length: most - 1 }, (_, i) => skipped + Math.ceil((i + 1) * step))])];
}

export { sleep };
