// Goal: a page of ours in a real browser hears what changes, by the session's cookie, and finds what it missed; a page from elsewhere hears nothing.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { newPerson, newTenant, call, until } from '../api/client.mjs';
import { open } from './browser.mjs';

/** Runs in the page: a socket as the seed's client opens it; what it hears is kept in window. */
function listen(path) {
  window.heard = [];
  const socket = new WebSocket(path.startsWith('ws') ? path : `${location.origin.replace('http', 'ws')}${path}`);
  window.state = new Promise((done) => {
    socket.onopen = () => done('open');
    socket.onclose = (event) => done(`closed ${event.code}`);
  });
  socket.onmessage = (event) => window.heard.push(JSON.parse(event.data));
  window.socket = socket;
  return window.state;
}

test('push: by cookie, no handshake message, resumed with since', async () => {
  const { page, faults, close } = await open();
  try {
    const admin = await newTenant();
    await page.goto('/api/docs/ui');
    await page.context().addCookies([{ name: 'almoner', value: admin.token, url: process.env.BASE_URL, httpOnly: true, sameSite: 'Strict' }]);
    assert.equal(await page.evaluate(listen, '/ws/persons'), 'open');
    const person = await newPerson(admin.token, { first_name: 'Zoë', notes: '雪 ☃' });
    await until(async () => (await page.evaluate(() => window.heard.length)) === 1);
    assert.deepEqual(await page.evaluate(() => window.heard), [{ type: 'person_updated', person, seq: 1 }]);
    await page.evaluate(() => window.socket.send('{"type":"ping"}'));
    await until(() => page.evaluate(() => window.heard.some((m) => m.type === 'pong')));
    await page.evaluate(() => window.socket.close());
    await call('DELETE', `/api/persons/${person.id}`, { token: admin.token });
    assert.equal(await page.evaluate(listen, '/ws/persons?since=1'), 'open');
    await until(async () => (await page.evaluate(() => window.heard.length)) === 1);
    assert.deepEqual(await page.evaluate(() => window.heard), [{ type: 'person_deleted', person_id: person.id, seq: 2 }]);
    const events = await page.evaluate(() => new Promise((done) => {
      const source = new EventSource('/api/v1/events/stream'), names = [];
      source.addEventListener('hello', (event) => { names.push(JSON.parse(event.data).seq); source.close(); done(names); });
    }));
    assert.deepEqual(events, [2]);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('push: a page of another origin is refused, cookie or not', async () => {
  const { page, close } = await open();
  const evil = http.createServer((_, reply) => reply.setHeader('Content-Type', 'text/html').end('<p>evil</p>')).listen(0, '127.0.0.1');
  await new Promise((done) => evil.once('listening', done));
  try {
    const admin = await newTenant();
    await page.context().addCookies([{ name: 'almoner', value: admin.token, url: process.env.BASE_URL, httpOnly: true, sameSite: 'Lax' }]);
    await page.goto(`http://127.0.0.1:${evil.address().port}/`);
    assert.equal(await page.evaluate(listen, `${process.env.BASE_URL.replace('http', 'ws')}/ws/persons`), 'closed 1006');
  } finally {
    evil.close();
    await close();
  }
});
