// Prints PUSH.md from the rounds: of each server and rate the round with the middle p99.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const [file, listeners, nginx, node] = process.argv.slice(2);
const rounds = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const names = [...new Set(rounds.map((round) => round.name))];
const of = (name) => rounds.filter((round) => round.name === name);
// Memory by the round that grew most: later ones find what earlier ones left.
const middle = (name) => ({ ...of(name).sort((a, b) => a.p99 - b.p99).at(Math.floor(of(name).length / 2)), kb: Math.max(...of(name).map((round) => round.kb)) });
const row = (...cells) => `| ${cells.join(' | ')} |`;
const fan = names.filter((name) => !name.startsWith('relay')).map(middle), relay = middle(names.find((name) => name.startsWith('relay')));
const goals = { 'Almoner, direct': 'p99 <= 60 ms, <= 1 KiB', 'Almoner, through nginx': 'p99 <= 100 ms, <= 13 KiB' };

console.log(`# Live updates

${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, ${cpus().length} cores, nginx ${nginx}, node ${node}. Made by \`tests/bench/push.sh\`: ${listeners} listeners on one machine; the servers on core 0, the load (and the database) on the other; frames of about 300 bytes; of each line the middle of ${rounds.length / names.length} rounds by p99.

Delays are from the moment before a publisher begins to the moment a listener has the frame. For Almoner that holds a transaction in the database, the relay into the stream and the reading of it; for the peers it holds a POST, and they keep nothing. All of one table ran in one session, in turns.

${row('server', 'events/s', 'delivered', 'p50 ms', 'p99 ms', 'max ms', 'core 0', 'KiB a connection', 'goal')}
${row(...Array(9).fill('---'))}
${fan.map((r) => row(r.name, r.rate, `${((100 * r.delivered) / r.expected).toFixed(r.delivered === r.expected ? 0 : 2)} %`, r.p50, r.p99, r.max, `${r.cpu} %`, r.kb, goals[r.name] ?? '')).join('\n')}

Memory is the growth of the servers' proportional set size (pushd; with nginx both) from no listener to the end of the run, in the round in which it grew most.

Relay, ${relay.rate} commits a second by 16 writers, one listener: from the return of COMMIT to the frame p50 ${relay.lag50} ms, p99 ${relay.lag99} ms (goal: p99 <= 5 ms); ${relay.delivered} of ${relay.expected} delivered.`);
