// SQL as the database's owner, beside the modules: what is really stored.
import { spawn } from 'node:child_process';
import { VAR } from '../api/client.mjs';

/** database(folder): {ask(statement): rows, end()}; one statement at a time. */
export function database(folder = VAR) {
  const client = spawn('mariadb', ['--no-defaults', `--socket=${folder}/run/mariadb.sock`, '-N', '-B', '-n', 'almoner'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '', waiting;
  client.stdin.on('error', () => {});
  client.stdout.on('data', (data) => {
    text += data;
    const end = text.indexOf('--end--\n');
    if (end < 0) return;
    const rows = text.slice(0, end).split('\n').filter(Boolean).map((line) => line.split('\t'));
    text = text.slice(end + 8);
    waiting(rows);
  });
  const ask = (statement) => new Promise((done) => { waiting = done; client.stdin.write(`${statement}; SELECT '--end--';\n`); });
  return { ask, end: () => client.stdin.end() };
}
