// What the API tests share: calls through nginx, new tenants, users of every role. Every reply is noted down in $REPLIES
// so that contract.mjs can hold it against the served description afterwards.
import { appendFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

export const BASE = process.env.BASE_URL;
export const VAR = process.env.VAR;
const CTL = process.env.CTL;
const REPLIES = process.env.REPLIES;

function note(entry) {
  if (REPLIES) appendFileSync(REPLIES, JSON.stringify(entry) + '\n');
}

/** call('POST', '/api/persons', {token, body, headers, text}): body is sent as JSON, text as it is. */
export async function call(method, path, { token, body, text, headers = {}, query, expected = true } = {}) {
  const url = new URL(BASE + path);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value);
  const sent = new Headers(headers);
  if (token) sent.set('Authorization', `Bearer ${token}`);
  let payload = text;
  if (body !== undefined) {
    payload = JSON.stringify(body);
    if (!sent.has('Content-Type')) sent.set('Content-Type', 'application/json');
  }
  const reply = await fetch(url, { method, headers: sent, body: payload, redirect: 'manual', ...(payload?.getReader ? { duplex: 'half' } : {}) });
  const raw = await reply.text();
  const type = reply.headers.get('content-type') ?? '';
  let parsed;
  if (/[/+]json/.test(type) && !type.startsWith('application/x-ndjson')) parsed = raw === '' ? undefined : JSON.parse(raw);
  if (expected) note({ method, path: url.pathname, status: reply.status, type, body: parsed });
  return { status: reply.status, headers: reply.headers, type, text: raw, body: parsed };
}

export const unique = () => randomUUID().slice(0, 13).replaceAll('-', '');

/** A new tenant with its admin: {token, tenant, user, email, password}. */
export async function newTenant() {
  const email = `admin.${unique()}@example.com`;
  const password = 'secure123';
  const { status, body } = await call('POST', '/api/auth/register', {
    body: { email, password, name: 'Ada Admin', tenant_name: `Tenant ${unique()}` },
  });
  if (status !== 200) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
  return { token: body.token, tenant: body.tenant.tenant_id, user: body.user.user_id, email, password };
}

/** A user of a role in a tenant: {token, email, password, user}. */
export async function newUser(tenant, role) {
  const email = `${role}.${unique()}@example.com`;
  const password = 'Secure-123-pass';
  execFileSync(CTL, ['add-user', '--tenant', tenant, '--email', email, '--role', role, '--name', `A ${role}`], {
    env: { ...process.env, USER_PASSWORD: password },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { status, body } = await call('POST', '/api/auth/login', { body: { email, password } });
  if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
  return { token: body.token, email, password, user: body.user.user_id };
}

/** The body of a person that is valid, with what is given changed. */
export function somebody(changes = {}) {
  return { first_name: 'Jane', last_name: 'Smith', email: `jane.${unique()}@example.com`, risk_level: 'moderate', ...changes };
}

export async function newPerson(token, changes) {
  const { status, body } = await call('POST', '/api/persons', { token, body: somebody(changes) });
  if (status !== 201) throw new Error(`person: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** An interaction of a site, with what is given changed. */
export async function newInteraction(token, site_id, changes = {}) {
  const { status, body, text } = await call('POST', '/api/v1/interactions', { token, body: {
    site_id, title: 'Weekly review', type: 'Meeting', lead: 'Ada Osei', start_datetime: '2024-01-18T10:30:00Z', end_datetime: '2024-01-18T11:15:00Z',
    timezone: 'Europe/Berlin', description: 'We went through the open cases.', ...changes } });
  if (status !== 201) throw new Error(`interaction: ${status} ${text}`);
  return body.interaction;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** until(check): wait for a condition, at most ${ms}; returns how long it took, or fails. */
export async function until(check, ms = 10000) {
  const started = Date.now();
  while (Date.now() - started < ms) {
    if (await check()) return Date.now() - started;
    await sleep(50);
  }
  throw new Error(`not true within ${ms} ms: ${check}`);
}

/** The members that every problem body has (RFC 9457). */
export function problemOf(reply) {
  const { body } = reply;
  for (const member of ['type', 'title', 'status', 'detail', 'instance', 'request_id', 'code'])
    if (!(member in (body ?? {}))) throw new Error(`problem lacks ${member}: ${reply.text}`);
  if (!reply.type.startsWith('application/problem+json')) throw new Error(`type ${reply.type}`);
  if (body.status !== reply.status) throw new Error(`status ${reply.status} but ${body.status} in the body`);
  return body;
}
