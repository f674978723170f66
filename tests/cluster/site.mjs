// What the users of a site do, over HTTPS through its nginx: requests, a ledger of what was acknowledged, and sockets that resume.
import { readFileSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import https from 'node:https';
import WebSocket from 'ws';

const { CLUSTER } = process.env;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function siteAt(name, host) {
  const tls = { host, port: 8443, servername: 'localhost', ca: readFileSync(`${CLUSTER}/${name}/tls/certificate.pem`) };
  return { name, tls, agent: new https.Agent({ keepAlive: true, maxSockets: 64, ...tls }) };
}

/** {status, headers, body}; status 0 when there was no answer at all. */
export function ask(site, method, path, { token, body, headers = {} } = {}) {
  const text = body && JSON.stringify(body);
  return new Promise((done) => {
    const request = https.request({ ...site.tls, agent: site.agent, method, path, timeout: 60000, headers: {
      Host: 'localhost', ...(token && { Authorization: `Bearer ${token}` }), ...(text && { 'Content-Type': 'application/json' }), ...headers } });
    request.on('response', (reply) => {
      let got = '';
      reply.setEncoding('utf8').on('data', (piece) => (got += piece)).on('end', () => {
        let parsed;
        try { parsed = got && JSON.parse(got); } catch { parsed = undefined; }
        done({ status: reply.statusCode, headers: reply.headers, body: parsed, text: got });
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => done({ status: 0, headers: {}, text: String(error) }));
    request.end(text);
  });
}

/** Counts answers since the last look: good, refused (503 that says when to come back), other (everything else), and the longest pause of
 * good ones in ms. */
export function counter() {
  let seen, last;
  const look = () => {
    const was = seen;
    if (was) was.pause = Math.max(was.pause, Date.now() - last);
    seen = { good: 0, refused: 0, other: [], pause: 0 };
    last = Date.now();
    return was;
  };
  look();
  return { look, note(reply, what) {
    if (reply.status >= 200 && reply.status < 300) {
      seen.pause = Math.max(seen.pause, Date.now() - last);
      last = Date.now();
      seen.good++;
    } else if (reply.status === 503 && reply.headers['retry-after']) seen.refused++;
    else seen.other.push(`${what} ${reply.status} ${reply.text.slice(0, 150)}`);
  } };
}

/** Users of both sites at once. What they were told is true stands in the ledger. */
export class Load {
  acked = new Map(); // name of a person -> id
  maybe = new Set(); // asked for, and told neither yes nor no
  told = new Map(); // description of an interaction, which nothing but the answer makes unique -> acknowledged
  stale = 0; // written and acknowledged, and then not there
  hot = { acked: 0, maybe: 0 };
  stopped = false;
  running = [];

  constructor(sites, token) {
    Object.assign(this, { sites, token });
    this.counts = Object.fromEntries(sites.map((site) => [site.name, { writes: counter(), reads: counter() }]));
  }

  start({ writers, hot, elsewhere }) {
    for (const site of this.sites) {
      this.running.push(this.tell(site, elsewhere));
      for (let n = 0; n < writers; n++) this.running.push(this.write(site, `${site.name}${n}`, n > 0));
      this.running.push(this.change(site, hot));
    }
  }

  look() {
    return Object.fromEntries(Object.entries(this.counts).map(([name, { writes, reads }]) => [name, { writes: writes.look(), reads: reads.look() }]));
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.running);
  }

  async send(site, method, path, options) {
    const reply = await ask(site, method, path, { token: this.token, ...options });
    this.counts[site.name][method === 'GET' ? 'reads' : 'writes'].note(reply, `${site.name} ${method}`);
    return reply;
  }

  // With a key it is repeated until it is told yes; without one, only once.
  async write(site, writer, keyed) {
    for (let i = 0; !this.stopped; i++) {
      const name = `${writer} n${i}`;
      const body = { first_name: writer, last_name: `n${i}`, email: `${writer}.${i}@example.com`, risk_level: 'low' };
      const headers = keyed ? { 'Idempotency-Key': randomUUID() } : {};
      this.maybe.add(name);
      let reply = await this.send(site, 'POST', '/api/persons', { body, headers });
      while (keyed && reply.status !== 201 && !this.stopped) {
        await sleep(150);
        reply = await this.send(site, 'POST', '/api/persons', { body, headers });
      }
      if (reply.status === 201) {
        this.maybe.delete(name);
        this.acked.set(name, reply.body.id);
        await this.readBack(site, reply.body.id);
      } else await sleep(150);
      await sleep(Math.random() * 40);
    }
  }

  // Its own writes, here and at the other site.
  async readBack(site, id) {
    for (const at of [site, ...this.sites.filter((other) => other !== site)]) {
      if (at !== site && Math.random() > 0.25) continue;
      const reply = await ask(at, 'GET', `/api/persons/${id}`, { token: this.token });
      if (reply.status === 404) this.stale++;
      else this.counts[at.name].reads.note(reply, `${at.name} GET`);
    }
  }

  // Without a key and without anything unique: what is done twice is there twice.
  async tell(site, { token, person_id }) {
    for (let i = 0; !this.stopped; i++) {
      const summary = `${site.name} ${i}`;
      const reply = await this.send(site, 'POST', '/api/interactions', { token, body: { person_id, type: 'call', date: '2024-01-18T10:30:00Z', description: summary } });
      this.told.set(summary, reply.status === 201);
      await sleep(50 + Math.random() * 100);
    }
  }

  // One record that everybody changes: conflicts between the nodes.
  async change(site, id) {
    for (let i = 0; !this.stopped; i++) {
      const reply = await this.send(site, 'PATCH', `/api/persons/${id}`, { body: { notes: `${site.name} ${i}` }, headers: { 'Content-Type': 'application/merge-patch+json' } });
      if (reply.status === 200) this.hot.acked++;
      else this.hot.maybe++;
      await sleep(reply.status === 200 ? 20 + Math.random() * 40 : 150);
    }
  }
}

/** A client that resumes where it stopped, at the next of its sites when one does not answer or after ${stay} ms. */
export class Listener {
  events = []; // digest of the event with seq i + 1
  gaps = [];
  doubled = 0;
  reconnects = 0;
  stopped = false;

  constructor(sites, token, stay) {
    Object.assign(this, { sites, token, stay });
    this.running = this.run();
  }

  hear(data) {
    const message = JSON.parse(data);
    if (!message.seq) return;
    if (message.seq <= this.events.length) { // at least once: what is had is dropped, and must be the same
      if (this.events[message.seq - 1] !== digest(message)) this.doubled++;
      return;
    }
    if (message.seq !== this.events.length + 1) this.gaps.push(`${this.events.length} -> ${message.seq} at ${this.at}`);
    while (this.events.length < message.seq - 1) this.events.push('');
    this.events.push(digest(message));
  }

  async run() {
    for (let turn = 0; !this.stopped; turn++) {
      const site = this.sites[turn % this.sites.length];
      this.at = site.name;
      await new Promise((done) => {
        const { host, port, servername, ca } = site.tls;
        const socket = new WebSocket(`wss://${host}:${port}/ws/persons?since=${this.events.length}`, { servername, ca, headers: { Host: 'localhost', Authorization: `Bearer ${this.token}` }, handshakeTimeout: 10000 });
        const timer = this.stay && setTimeout(() => socket.terminate(), this.stay * (0.5 + Math.random()));
        this.socket = socket;
        socket.on('message', (data) => this.socket === socket && this.hear(data));
        socket.on('error', () => {});
        socket.on('close', () => { clearTimeout(timer); done(); });
      });
      this.reconnects++;
      await sleep(100 + Math.random() * 100);
    }
  }

  async stop() {
    this.stopped = true;
    this.socket?.terminate();
    await this.running;
  }
}

function digest(message) {
  return createHash('sha256').update(JSON.stringify(message)).digest('base64').slice(0, 16);
}
