// Goal: the explained risk over real interaction rows, and what deleting a person does to them.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { call, newTenant, newPerson, VAR } from './client.mjs';

let owner;
before(async () => { owner = await newTenant(); });

const hexOf = (uuid) => uuid.replaceAll('-', '');
const hexOfTypeid = (text) => {
  let value = 0n;
  for (const c of text.split('_').at(-1)) value = value * 32n + BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(c));
  return value.toString(16).padStart(32, '0');
};

// There is no interactions module yet: rows are put where it will put them.
function sql(statement) {
  return execFileSync('mariadb', ['--no-defaults', '-N', '-S', `${VAR}/run/mariadb.sock`, '-u', 'almoner_admin', 'almoner'], {
    env: { ...process.env, MYSQL_PWD: readFileSync(`${VAR}/secrets/db-admin`, 'utf8').trim() }, input: statement }).toString().trim();
}
const addInteractions = (person, level, count, related) => sql(Array.from({ length: count }, (_, i) =>
  `INSERT INTO interactions (tenant_id, id, person_id, related_person_id, type, description, date, risk_level, created_at, updated_at) VALUES (0x${hexOf(owner.tenant)}, UNHEX(REPLACE(UUID(), '-', '')), 0x${hexOfTypeid(person.id)}, ${related ? `0x${hexOfTypeid(related.id)}` : 'NULL'}, 'message', 'd', '2024-01-01 00:00:${String(i % 60).padStart(2, '0')}', ${level ? `'${level}'` : 'NULL'}, NOW(3), NOW(3));`).join('\n'));

test('persons-risk: every point is traced to its rows', async () => {
  const person = await newPerson(owner.token, { status: 'flagged' });
  addInteractions(person, 'high', 2);
  addInteractions(person, 'critical', 1);
  addInteractions(person, 'low', 18);
  const { body } = await call('GET', `/api/persons/${person.id}/risk`, { token: owner.token });
  assert.deepEqual([body.risk_score, body.risk_level], [20 + 10 + 10 + 15, 'moderate']);
  assert.deepEqual(body.causes.map((c) => [c.cause, c.points, c.count, c.interactions?.length]), [
    ['status_flagged', 20, 1, undefined], ['many_interactions', 10, 21, undefined],
    ['high_risk_interactions', 10, 2, 2], ['critical_risk_interactions', 15, 1, 1]]);
  for (const id of body.causes[2].interactions) assert.match(id, /^interaction_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
});

test('persons-remove: own interactions go, those of others forget the person', async () => {
  const gone = await newPerson(owner.token, {});
  const stays = await newPerson(owner.token, {});
  addInteractions(gone, 'low', 3, stays);
  addInteractions(stays, 'low', 2, gone);
  assert.equal((await call('DELETE', `/api/persons/${gone.id}`, { token: owner.token })).status, 200);
  assert.equal(sql(`SELECT COUNT(*) FROM interactions WHERE person_id = 0x${hexOfTypeid(gone.id)}`), '0');
  assert.equal(sql(`SELECT COUNT(*), COUNT(related_person_id) FROM interactions WHERE person_id = 0x${hexOfTypeid(stays.id)}`), '2\t0');
});
