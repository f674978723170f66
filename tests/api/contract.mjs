// Goal: the description is true. Every reply that the API tests saw is held against the served document: an undocumented status, a body that does not fit,
// or an operation that no test reached is a fault. Every example in the document is held against its own schema.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const document = await (await fetch(`${process.env.BASE_URL}/api/docs`)).json();
const replies = readFileSync(process.env.REPLIES, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, 'openapi');

const faults = new Map();
const fault = (text) => faults.set(text, (faults.get(text) ?? 0) + 1);
const part = (text) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));

function check(pointer, value, where) {
  const validate = ajv.getSchema(`openapi#${pointer}`) ?? ajv.compile({ $ref: `openapi#${pointer}` });
  if (!validate(value)) fault(`${where}: ${ajv.errorsText(validate.errors).slice(0, 300)}`);
}

// Literal segments win over parameters, and {id}.ics over {id}.
const templates = Object.keys(document.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`), holes: path.split('{').length }))
  .sort((a, b) => a.holes - b.holes || b.path.length - a.path.length);

const reached = new Set();
for (const { method, path, status, type, body } of replies) {
  const template = templates.find((t) => t.pattern.test(path))?.path;
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = document.paths[template]?.[verb];
  if (!operation) {
    if (![204, 404, 405].includes(status)) fault(`${method} ${path}: ${status} from no operation`);
    continue;
  }
  reached.add(`${verb} ${template}`);
  const where = `${verb} ${template} ${status}`;
  const response = operation.responses[status];
  if (!response) { fault(`${where}: undocumented status`); continue; }
  if (status >= 500) fault(`${where}: a test saw a server's fault`);
  const media = type.split(';')[0];
  if (method === 'HEAD' || body === undefined) continue;
  if (!response.content?.[media]) { fault(`${where}: undocumented type ${media}`); continue; }
  check(`/paths/${part(template)}/${verb}/responses/${status}/content/${part(media)}/schema`, body, where);
}

for (const [path, item] of Object.entries(document.paths))
  for (const [verb, operation] of Object.entries(item)) {
    if (!reached.has(`${verb} ${path}`) && !/^\/(health|metrics|api\/health)/.test(path)) fault(`${verb} ${path}: no test reached it`);
    for (const [media, content] of Object.entries(operation.requestBody?.content ?? {}))
      if ('example' in content) check(`/paths/${part(path)}/${verb}/requestBody/content/${part(media)}/schema`, content.example, `${verb} ${path} request example`);
    for (const [status, response] of Object.entries(operation.responses))
      for (const [media, content] of Object.entries(response.content ?? {}))
        if ('example' in content) check(`/paths/${part(path)}/${verb}/responses/${status}/content/${part(media)}/schema`, content.example, `${verb} ${path} ${status} example`);
  }

for (const [text, count] of faults) console.log(`${text}${count > 1 ? ` (${count} times)` : ''}`);
console.log(`${replies.length} replies, ${reached.size} operations, ${faults.size} faults`);
process.exit(faults.size || !replies.length ? 1 : 0);
