// Goal: escalation as seed 000 writes it, one open case a person, and the states of a case.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { call, newTenant, newPerson, problemOf } from './client.mjs';

let token, user;
before(async () => { ({ token, user } = await newTenant()); });
const escalate = (id, body) => call('POST', `/api/cases/escalate/${id}`, { token, ...(body ? { body } : {}) });
const caseOf = async (id) => (await call('GET', `/api/v1/cases/${id}`, { token })).body.case;
const HOUR = 3600000;

test('cases-escalate: no body and no Content-Type are fine; the answer is the seed\'s', async () => {
  const person = await newPerson(token, {});
  const reply = await escalate(person.id);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.body), ['success', 'case_id', 'status', 'escalated_at']);
  assert.deepEqual([reply.body.success, reply.body.status], [true, 'escalated']);
  assert.match(reply.body.case_id, /^case_/);
  const made = await caseOf(reply.body.case_id);
  assert.deepEqual([made.person_id, made.status, made.priority, made.reason, made.assignee, made.escalation_count],
    [person.id, 'escalated', 'urgent', '', null, 1]);
  assert.equal(Date.parse(made.acknowledge_by) - Date.parse(made.escalated_at), 4 * HOUR);
});

test('cases-escalate: the seed\'s body; twice is the same case with a second escalation', async () => {
  const person = await newPerson(token, {});
  const first = await escalate(person.id, { reason: 'Escalation reason', priority: 'normal', assignee: 'manager_id' });
  const second = await escalate(person.id, { reason: 'Worse', priority: 'urgent' });
  assert.equal(second.body.case_id, first.body.case_id);
  const made = await caseOf(first.body.case_id);
  assert.deepEqual([made.escalation_count, made.reason, made.priority, made.assignee], [2, 'Worse', 'urgent', 'manager_id']);
  const { body } = await call('GET', `/api/v1/cases/${first.body.case_id}/escalations`, { token });
  assert.deepEqual(body.escalations.map((row) => [row.number, row.reason, row.priority, row.assignee, row.escalated_by]),
    [[1, 'Escalation reason', 'normal', 'manager_id', user], [2, 'Worse', 'urgent', null, user]]);
  assert.equal(body.total, 2);
});

test('cases-escalate: 32 at once make one case with 32 escalations', async () => {
  const person = await newPerson(token, {});
  const replies = await Promise.all(Array.from({ length: 32 }, () => escalate(person.id)));
  assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
  const ids = new Set(replies.map((reply) => reply.body.case_id));
  assert.equal(ids.size, 1);
  assert.equal((await caseOf([...ids][0])).escalation_count, 32);
  assert.equal((await call('GET', '/api/v1/cases', { token, query: { page_size: 100 } })).body.cases.filter((row) => row.person_id === person.id).length, 1);
});

test('cases-escalate: an unknown person is 404, bad members are 400 and change nothing', async () => {
  const person = await newPerson(token, {});
  const missing = await escalate('person_01h455vb4pex5vsknk084sn02q');
  assert.equal(missing.status, 404);
  assert.equal(missing.body.error, 'Person not found');
  const bad = await escalate(person.id, { priority: 'soon', reason: 'x'.repeat(2001), assignee: '' });
  assert.equal(bad.status, 400);
  assert.deepEqual(problemOf(bad).errors.map((e) => e.pointer).sort(), ['/assignee', '/priority', '/reason']);
  assert.equal((await call('GET', '/api/v1/cases', { token, query: { sort: '-created_at', page_size: 100 } })).body.cases.some((row) => row.person_id === person.id), false);
});

test('cases-state: work, solve, reopen, close; each with its time; then a new case', async () => {
  const person = await newPerson(token, {});
  const { case_id } = (await escalate(person.id)).body;
  const move = (status, more = {}) => call('PATCH', `/api/v1/cases/${case_id}`, { token, body: { status, ...more } });
  for (const bad of ['open', 'closed']) {
    const reply = await move(bad);
    assert.equal(reply.status, 409);
    assert.equal(problemOf(reply).code, 'INVALID_TRANSITION');
  }
  const working = (await move('in_progress', { assignee: 'Sam', notes: 'Called' })).body.case;
  assert.deepEqual([working.status, working.assignee, working.notes], ['in_progress', 'Sam', 'Called']);
  assert.ok(working.acknowledged_at);
  const solved = (await move('resolved')).body.case;
  assert.ok(solved.resolved_at);
  assert.equal((await move('in_progress')).body.case.resolved_at, null);
  await move('resolved');
  const closed = (await move('closed')).body.case;
  assert.ok(closed.closed_at);
  for (const after of ['open', 'escalated', 'in_progress', 'resolved']) assert.equal((await move(after)).status, 409);
  const again = (await escalate(person.id)).body;
  assert.notEqual(again.case_id, case_id);
  // A person has one case that is open: an earlier one is not reopened beside it.
  const change = (id, status) => call('PATCH', `/api/v1/cases/${id}`, { token, body: { status } });
  await change(again.case_id, 'resolved');
  const third = (await escalate(person.id)).body.case_id;
  const refused = await change(again.case_id, 'in_progress');
  assert.deepEqual([refused.status, problemOf(refused).code], [409, 'INVALID_TRANSITION']);
  await change(third, 'resolved');
  assert.equal((await change(again.case_id, 'in_progress')).status, 200);
  const history = (await call('GET', `/api/v1/cases/${case_id}/history`, { token })).body.history;
  assert.deepEqual(history.map((row) => row.after_state.status).filter(Boolean), ['closed', 'resolved', 'in_progress', 'resolved', 'in_progress', 'escalated']);
});

test('cases-state: who sets the state to escalated escalates: counted, recorded, with a new time to acknowledge it by', async () => {
  const person = await newPerson(token, {});
  const { case_id } = (await escalate(person.id, { reason: 'First', priority: 'low', assignee: 'Ada' })).body;
  const change = async (body) => (await call('PATCH', `/api/v1/cases/${case_id}`, { token, body })).body.case;
  assert.ok((await change({ status: 'in_progress' })).acknowledged_at);
  const again = await change({ status: 'escalated', priority: 'high', reason: 'Got worse' });
  assert.deepEqual([again.escalation_count, again.acknowledged_at, Date.parse(again.acknowledge_by) - Date.parse(again.escalated_at)], [2, null, 24 * HOUR]);
  assert.equal((await change({ notes: 'still escalated' })).escalation_count, 2);
  await change({ status: 'in_progress' });
  const acknowledge_by = '2030-01-01T00:00:00Z';
  assert.deepEqual((({ escalation_count, acknowledge_by: by }) => [escalation_count, by])(await change({ status: 'escalated', acknowledge_by })), [3, acknowledge_by]);
  assert.equal((await escalate(person.id, { reason: 'Fourth' })).body.case_id, case_id);
  const { body } = await call('GET', `/api/v1/cases/${case_id}/escalations`, { token });
  assert.deepEqual(body.escalations.map((row) => [row.number, row.reason, row.priority, row.assignee]),
    [[1, 'First', 'low', 'Ada'], [2, 'Got worse', 'high', 'Ada'], [3, 'Got worse', 'high', 'Ada'], [4, 'Fourth', 'urgent', null]]);
});

test('cases-list: filters by status, priority, assignee and time to acknowledge', async () => {
  const { token: own } = await newTenant();
  const people = [await newPerson(own, {}), await newPerson(own, {})];
  const ids = [];
  for (const [i, priority] of ['urgent', 'low'].entries())
    ids.push((await call('POST', `/api/cases/escalate/${people[i].id}`, { token: own, body: { priority, assignee: `a${i}` } })).body.case_id);
  const list = async (query) => (await call('GET', '/api/v1/cases', { token: own, query })).body;
  assert.deepEqual([(await list({})).total, (await list({ priority: 'low' })).total, (await list({ status: 'closed' })).total], [2, 1, 0]);
  assert.deepEqual((await list({ assignee: 'a1' })).cases.map((row) => row.id), [ids[1]]);
  assert.equal((await list({ overdue: true })).total, 0);
  await call('PATCH', `/api/v1/cases/${ids[0]}`, { token: own, body: { acknowledge_by: '2024-01-01T00:00:00Z' } });
  assert.deepEqual((await list({ overdue: true })).cases.map((row) => row.id), [ids[0]]);
  assert.equal((await list({ overdue: false })).total, 1);
  assert.deepEqual((await list({ sort: 'acknowledge_by' })).cases.map((row) => row.id), ids);
});

test('cases-cascade: a deleted person takes the cases along', async () => {
  const person = await newPerson(token, {});
  const { case_id } = (await escalate(person.id)).body;
  const before = (await call('GET', '/api/v1/cases', { token })).body.total;
  assert.equal((await call('DELETE', `/api/persons/${person.id}`, { token })).status, 200);
  assert.equal((await call('GET', `/api/v1/cases/${case_id}`, { token })).status, 404);
  assert.equal((await call('GET', '/api/v1/cases', { token })).body.total, before - 1);
});
