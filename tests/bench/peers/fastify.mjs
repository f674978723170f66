// Fastify with its JWT plugin and a response schema, one process a core.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import Fastify from 'fastify';
import jwt from '@fastify/jwt';
import { create, page, read, valid } from './store.mjs';

const string = { type: 'string' }, integer = { type: 'integer' };
const person = { type: 'object', properties: { id: string, name: string, first_name: string, last_name: string, email: string, phone: string, status: string, risk_level: string, risk_score: integer,
  risk_notes: string, notes: string, tags: string, interaction_count: integer, created_at: string, updated_at: string } };
const list = { type: 'object', properties: { persons: { type: 'array', items: person }, total: integer } };

if (cluster.isPrimary) {
  for (let i = 0; i < availableParallelism(); i++) cluster.fork();
} else {
  const app = Fastify();
  app.register(jwt, { secret: process.env.JWT_SECRET, verify: { allowedAud: 'almoner', cache: false } });
  app.addHook('onRequest', (request) => request.jwtVerify());
  app.get('/api/persons/:id', { schema: { response: { 200: person } } }, async (request, reply) => (await read(request.user, request.params.id)) ?? reply.code(404).send({ error: 'Not found' }));
  app.get('/api/persons', { schema: { response: { 200: list } } }, (request) => page(request.user, Number(request.query.limit ?? 50), request.query.total));
  app.post('/api/persons', { schema: { response: { 201: person } } }, async (request, reply) => {
    if (!valid(request.body)) return reply.code(400).send({ error: 'Validation error' });
    const made = await create(request.user, request.headers['idempotency-key'], request.body, { address: request.ip, requestId: request.headers['x-request-id'] });
    return reply.code(201).header('Location', `/api/persons/${made.id}`).send(made);
  });
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
