// What the two Node.js peers share: the statements, through a pool of mysql2, prepared once a connection.
import { createHash, randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';

const FIELDS = 'id, name, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, interaction_count, created_at, updated_at';
const pool = mysql.createPool({ socketPath: process.env.DB_SOCKET, user: 'bench', password: process.env.DB_PASSWORD, database: 'almoner', connectionLimit: 10, timezone: 'Z' });

const bytes = (uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const text = (id) => id.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const iso = (at) => at.toISOString().slice(0, 19) + 'Z';
const sha256 = (...parts) => createHash('sha256').update(parts.join('\0')).digest();
const document = (row) => ({ ...row, id: text(row.id), created_at: iso(row.created_at), updated_at: iso(row.updated_at) });

function uuid7() {
  const id = randomBytes(16);
  id.writeUIntBE(Date.now(), 0, 6);
  id[6] = (id[6] & 15) | 0x70;
  id[8] = (id[8] & 63) | 0x80;
  return id;
}

export async function read(claims, id) {
  const [rows] = await pool.execute(`SELECT ${FIELDS} FROM persons WHERE tenant_id = ? AND id = ?`, [bytes(claims.tenant_id), bytes(id)]);
  return rows[0] && document(rows[0]);
}

export async function page(claims, limit, total) {
  const tenant = bytes(claims.tenant_id);
  const [rows] = await pool.execute(`SELECT ${FIELDS} FROM persons WHERE tenant_id = ? ORDER BY created_at DESC, id DESC LIMIT ?`, [tenant, String(Math.min(limit, 100))]);
  const body = { persons: rows.map(document) };
  if (total) body.total = (await pool.execute('SELECT COUNT(*) AS n FROM persons WHERE tenant_id = ?', [tenant]))[0][0].n;
  return body;
}

export async function create(claims, key, sent, { address, requestId }) {
  const tenant = bytes(claims.tenant_id), user = bytes(claims.sub), now = new Date(), id = uuid7(), hash = sha256(claims.sub, key);
  const row = { id, name: `${sent.first_name} ${sent.last_name}`, first_name: sent.first_name, last_name: sent.last_name, email: sent.email, phone: '', status: 'active', risk_level: sent.risk_level,
    risk_score: 0, risk_notes: '', notes: sent.notes ?? '', tags: '', interaction_count: 0, created_at: now, updated_at: now };
  const body = document(row), answer = JSON.stringify(body);
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    await connection.execute('INSERT INTO idempotency (tenant_id, key_hash, fingerprint, status, created_at) VALUES (?, ?, ?, 0, ?)', [tenant, hash, sha256(JSON.stringify(sent)), now]);
    await connection.execute('INSERT INTO persons (tenant_id, id, first_name, last_name, email, phone, status, risk_level, risk_score, risk_notes, notes, tags, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [tenant, id, row.first_name, row.last_name, row.email, row.phone, row.status, row.risk_level, row.risk_score, row.risk_notes, row.notes, row.tags, now, now]);
    await connection.execute('INSERT INTO audit (tenant_id, id, at, actor_id, address, request_id, resource, record_id, version, op, before_doc, after_doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, NULL, ?)',
      [tenant, uuid7(), now, user, address ?? '', requestId ?? '', 'person', id, 'create', answer]);
    await connection.execute('INSERT INTO outbox (tenant_id, channel, type, resource, op, record_id, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [tenant, 'persons', 'person_updated', 'person', 'create', id, answer, now]);
    await connection.execute('UPDATE idempotency SET status = 201, content_type = ?, location = ?, body = ? WHERE tenant_id = ? AND key_hash = ?', ['application/json; charset=utf-8', `/api/persons/${body.id}`, answer, tenant, hash]);
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
  return body;
}

export const valid = (sent) => ['first_name', 'last_name', 'email', 'risk_level'].every((name) => typeof sent?.[name] === 'string' && sent[name]);
