// Express with jsonwebtoken, one process a core.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import express from 'express';
import jwt from 'jsonwebtoken';
import { create, page, read, valid } from './store.mjs';

if (cluster.isPrimary) {
  for (let i = 0; i < availableParallelism(); i++) cluster.fork();
} else {
  const app = express();
  app.use(express.json());
  app.use((request, response, next) => {
    try {
      request.user = jwt.verify((request.headers.authorization ?? '').slice(7), process.env.JWT_SECRET, { algorithms: ['HS256'], audience: 'almoner' });
    } catch {
      return response.status(401).json({ error: 'Invalid token' });
    }
    next();
  });
  app.get('/api/persons/:id', async (request, response) => {
    const found = await read(request.user, request.params.id);
    if (found) response.json(found);
    else response.status(404).json({ error: 'Not found' });
  });
  app.get('/api/persons', async (request, response) => response.json(await page(request.user, Number(request.query.limit ?? 50), request.query.total)));
  app.post('/api/persons', async (request, response) => {
    if (!valid(request.body)) return response.status(400).json({ error: 'Validation error' });
    const made = await create(request.user, request.get('Idempotency-Key'), request.body, { address: request.ip, requestId: request.get('X-Request-Id') });
    response.status(201).location(`/api/persons/${made.id}`).json(made);
  });
  app.listen(Number(process.env.PORT), '127.0.0.1');
}
