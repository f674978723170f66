// The processes of make bench: starting and ending the peers and the nginx before them; reading what processes use.
import { execFileSync, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';

const { SCRATCH, VAR, CTL, BUILD } = process.env;
const HERE = new URL('.', import.meta.url).pathname, NGINX = new URL('../../nginx', import.meta.url).pathname;
export const ports = process.env.PORTS.split(' ').map(Number);
export const socket = `${VAR}/run/mariadb.sock`;
const children = [];

export const sql = (text) => execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--default-character-set=utf8mb4', '-N', 'almoner'], { input: text, maxBuffer: 1 << 28 }).toString().trim();
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function request(port, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const req = http.request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => done({ status: res.statusCode, headers: res.headers, text }));
    });
    req.on('error', fail).end(body);
  });
}

// --- programs: each is started by launch() with what every one of them is told, and leads a process group --------------------
const fcgi = (name, program) => ({ command: 'python3', args: [`${HERE}listen.py`, `${SCRATCH}/${name}.sock`, ...program], upstream: `fastcgi ${SCRATCH}/${name}.sock` });
const node = (name, port) => ({ command: 'node', args: [`${HERE}peers/${name}.mjs`], env: { PORT: port, NODE_ENV: 'production' }, upstream: `proxy 127.0.0.1:${port}` });
const flask = (name) => ({ command: 'gunicorn', upstream: `plain unix:${SCRATCH}/${name}.sock`,
  args: ['--chdir', `${HERE}peers`, '--workers', String(2 * cpus().length), '--worker-class', 'sync', '--bind', `unix:${SCRATCH}/${name}.sock`, '--log-level', 'error', `${name}:app`] });
const php = () => {
  writeFileSync(`${SCRATCH}/fpm.conf`, `[global]\nerror_log = ${SCRATCH}/fpm.log\ndaemonize = no\n[bench]\n${process.getuid() === 0 ? 'user = root\ngroup = root\n' : ''}listen = ${SCRATCH}/php.sock\nlisten.mode = 0666\nlisten.backlog = 1024\npm = static\npm.max_children = 8\nclear_env = no\n`);
  const fpm = readdirSync('/usr/sbin').filter((name) => name.startsWith('php-fpm')).sort().pop();
  return { command: `/usr/sbin/${fpm}`, args: ['-R', '-F', '-y', `${SCRATCH}/fpm.conf`, '-d', 'opcache.enable=1', '-d', 'opcache.validate_timestamps=0'], upstream: `php ${SCRATCH}/php.sock` };
};

export const programs = {
  nginx: { upstream: 'none' },
  hello: fcgi('hello', [`${SCRATCH}/hello`]),
  best: fcgi('best', [`${SCRATCH}/best`]),
  orm: flask('flask_orm'),
  bare: flask('flask_bare'),
  express: node('express', ports[12]),
  fastify: node('fastify', ports[11]),
  go: { command: `${SCRATCH}/go-peer`, args: [], env: { PORT: ports[10] }, upstream: `proxy 127.0.0.1:${ports[10]}` },
  php: php(),
  again: fcgi('again', [`${BUILD}/cgi-bin/persons.fcgi`]), // a second process of ours, for its cold start only
};
Object.keys(programs).forEach((name, i) => (programs[name].port = ports[i]));
const tlsPort = ports[13];

export function launch(name, secrets) {
  const { command, args, env } = programs[name];
  const log = openSync(`${SCRATCH}/${name}.log`, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', log], env: { ...process.env, ...secrets, DB_SOCKET: socket, PYTHONDONTWRITEBYTECODE: '1', ...env } });
  programs[name].child = child;
  children.push(child);
  return child;
}

export async function end(child) {
  const ended = new Promise((done) => (child.exitCode !== null || child.signalCode !== null ? done() : child.once('exit', done)));
  signal(child, 'SIGTERM');
  if ((await Promise.race([ended, sleep(1500).then(() => 'late')])) === 'late') signal(child, 'SIGKILL');
  await ended;
  signal(child, 'SIGKILL'); // who stayed of its group
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // gone already
  }
}
export const endAll = () => children.forEach((child) => signal(child, 'SIGKILL'));

// --- nginx before the peers: our own snippets, so that it logs, limits and adds what ours does; keep-alive to those that speak HTTP/1.1 ---
function location(name, upstream, secrets) {
  const [kind, where] = upstream.split(' ');
  if (kind === 'none') return `location / { default_type text/plain; return 200 "${'x'.repeat(623)}"; }`;
  if (kind === 'fastcgi') return `location / { include "${NGINX}/snippets/fastcgi.conf"; fastcgi_pass unix:${where}; }`;
  if (kind === 'php')
    return `location / { include "${NGINX}/snippets/fastcgi.conf"; fastcgi_param SCRIPT_FILENAME "${HERE}peers/index.php"; fastcgi_param SERVER_PROTOCOL $server_protocol; ${Object.entries(secrets).map(([key, value]) => `fastcgi_param ${key} "${value}";`).join(' ')} fastcgi_param DB_SOCKET "${socket}"; fastcgi_pass unix:${where}; }`;
  return `location / { ${kind === 'plain' ? '' : 'proxy_http_version 1.1; proxy_set_header Connection "";'} proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Request-Id $request_id; proxy_buffer_size 16k; proxy_buffers 16 16k; proxy_pass http://${name}; }`;
}

export async function startEdge(secrets) {
  const served = Object.entries(programs);
  const text = `${process.getuid() === 0 ? 'user root root;' : ''}
pcre_jit on; worker_processes auto; worker_rlimit_nofile 16384; pid "${SCRATCH}/edge.pid"; error_log "${SCRATCH}/edge.log" error; daemon off;
events { worker_connections 4096; }
http {
  server_tokens off; sendfile on; tcp_nopush on; charset utf-8;
  ${['types', 'log', 'limits', 'compression'].map((name) => `include "${NGINX}/snippets/${name}.conf";`).join('\n  ')}
  limit_conn addresses 256;
  access_log "${SCRATCH}/edge-access.log" almoner buffer=64k flush=1s;
  map $https $strict_transport { on "max-age=31536000; includeSubDomains"; default ""; }
  ${['body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((name) => `${name === 'body' ? 'client_body' : name}_temp_path "${SCRATCH}/tmp-${name}";`).join(' ')}
${served.filter(([, p]) => /^(proxy|plain)/.test(p.upstream)).map(([name, p]) => `  upstream ${name} { server ${p.upstream.split(' ')[1]}; ${p.upstream.startsWith('proxy') ? 'keepalive 64; keepalive_requests 100000;' : ''} }`).join('\n')}
${served.map(([name, p]) => `  server { listen 127.0.0.1:${p.port}; ${name === 'fastify' ? `listen 127.0.0.1:${tlsPort} ssl http2; include "${NGINX}/snippets/tls.conf"; ssl_certificate "${VAR}/tls/certificate.pem"; ssl_certificate_key "${VAR}/tls/key.pem";` : ''} include "${NGINX}/snippets/security.conf"; ${location(name, p.upstream, secrets)} }`).join('\n')}
}
`;
  writeFileSync(`${SCRATCH}/edge.conf`, text);
  const child = spawn('nginx', ['-p', SCRATCH, '-c', `${SCRATCH}/edge.conf`, '-e', `${SCRATCH}/edge.log`], { detached: true, stdio: ['ignore', 'ignore', openSync(`${SCRATCH}/edge.log`, 'a')] });
  children.push(child);
  programs.nginx.child = child;
  await answers(programs.nginx.port, '/');
  return child;
}

export async function answers(port, path, headers = {}) {
  for (const until = Date.now() + 20000; ; await sleep(2)) {
    const status = await request(port, path, { headers }).then((reply) => reply.status, () => 0);
    if (status === 200) return;
    if (Date.now() > until) throw new Error(`port ${port} ${path}: ${status}; see the logs in ${SCRATCH} (KEEP=1)`);
  }
}

export const origin = (name, tls) => (name === 'ours' ? (tls ? `https://127.0.0.1:${process.env.HTTPS_PORT}` : process.env.BASE_URL) : tls ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${programs[name].port}`);

// --- what processes use: from /proc --------------------------------------------------------------------------------------------
const stat = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  } catch {
    return null;
  }
};

export function family(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), Number(stat(name)?.[1])]);
  const found = [pid];
  for (let i = 0; i < found.length; i++) found.push(...parents.filter(([, parent]) => parent === found[i]).map(([child]) => child));
  return found;
}

export const ticks = (pids) => pids.reduce((sum, pid) => { const s = stat(pid); return sum + (s ? Number(s[11]) + Number(s[12]) : 0); }, 0);
export const busyTicks = () => { const n = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/ +/).slice(1).map(Number); return n[0] + n[1] + n[2] + n[5] + n[6]; };
export const pss = (pids) => pids.reduce((sum, pid) => {
  try {
    return sum + Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
  } catch {
    return sum;
  }
}, 0);

const pidIn = (file) => Number(readFileSync(file, 'utf8'));
export function module(name) {
  const line = execFileSync(CTL, ['status'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().split('\n').find((l) => l.startsWith(`${name} `));
  return Number(/pid (\d+)/.exec(line ?? '')?.[1]);
}

/** The process groups that serve a program: {nginx, program, db, behind}; behind is what ours does after the answer. */
export function groups(name) {
  const db = [pidIn(`${VAR}/run/mariadb.pid`)];
  if (name === 'ours') return { nginx: family(pidIn(`${VAR}/run/nginx.pid`)), program: family(module('persons')), db, behind: ['pushd', 'hookd'].map(module).filter(Boolean) };
  return { nginx: family(programs.nginx.child.pid), program: name === 'nginx' ? [] : family(programs[name].child.pid), db, behind: [] };
}

for (const name of ['tmp-body', 'tmp-fastcgi', 'tmp-proxy', 'tmp-scgi', 'tmp-uwsgi']) mkdirSync(`${SCRATCH}/${name}`, { recursive: true });
