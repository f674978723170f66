// Goal: a forgotten password: the mail that a real mail server receives carries a token that works once and ends all sessions.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { call, newTenant, until, unique } from './client.mjs';

const mails = [];
let server;

// A mail server as far as one needs it (RFC 5321), on the port that the stack was told.
before(async () => {
  server = createServer((socket) => {
    let text = '', data = null;
    socket.setEncoding('utf8');
    socket.write('220 test ESMTP\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk;
      for (let end; (end = text.indexOf('\r\n')) >= 0; text = text.slice(end + 2)) {
        const line = text.slice(0, end);
        if (data !== null && line !== '.') { data += `${line}\n`; continue; }
        if (data !== null) { mails.push(data); data = null; socket.write('250 taken\r\n'); continue; }
        const word = line.slice(0, 4).toUpperCase();
        if (word === 'DATA') { data = ''; socket.write('354 go\r\n'); }
        else if (word === 'QUIT') { socket.end('221 bye\r\n'); }
        else socket.write('250 ok\r\n');
      }
    });
  });
  await new Promise((done) => server.listen(Number(process.env.SMTP_PORT), '127.0.0.1', done));
});
after(() => server.close());

test('auth-reset: the mailed token sets a new password, once, and ends every session', async () => {
  const user = await newTenant();
  const asked = await call('POST', '/api/v1/auth/password/reset', { body: { email: user.email } });
  assert.equal(asked.status, 200);
  await until(() => mails.some((mail) => mail.includes(user.email)), 8000);
  const mail = mails.find((m) => m.includes(user.email));
  assert.match(mail, /^Subject: /m);
  assert.match(mail, /^From: </m);
  const token = mail.match(/alm_[A-Za-z0-9_-]{40}/)[0];
  const password = `New-passw0rd-${unique()}`;
  const confirm = (p) => call('POST', '/api/v1/auth/password/reset/confirm', { body: { token, password: p } });
  const done = await confirm(password);
  assert.deepEqual([done.status, done.body], [200, { success: true }]);
  assert.equal((await confirm(`${password}2`)).status, 400);
  assert.equal((await call('POST', '/api/auth/login', { body: { email: user.email, password: user.password } })).status, 401);
  assert.equal((await call('POST', '/api/auth/login', { body: { email: user.email, password } })).status, 200);
  await until(async () => (await call('GET', '/api/auth/me', { token: user.token })).status === 401, 3000);
});

test('auth-reset: nobody gets mail who has no account', async () => {
  const email = `nobody.${unique()}@example.com`;
  const known = await newTenant();
  await call('POST', '/api/v1/auth/password/reset', { body: { email } });
  await call('POST', '/api/v1/auth/password/reset', { body: { email: known.email } });
  await until(() => mails.some((mail) => mail.includes(known.email)), 8000);
  assert.ok(!mails.some((mail) => mail.includes(email)));
});
