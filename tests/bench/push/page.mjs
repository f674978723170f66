// Prints PUSH.md from the rounds: of each server and rate the round with the middle p99, of those that the machine's host left alone.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const [file, listeners, nginx, node] = process.argv.slice(2);
const rounds = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const names = [...new Set(rounds.map((round) => round.name))];
const STOLEN = 2; // per cent of all processor time, at most
const of = (name) => rounds.filter((round) => round.name === name);
const quiet = (name) => (of(name).some((round) => round.stolen <= STOLEN) ? of(name).filter((round) => round.stolen <= STOLEN) : of(name));
const delay = (round) => (round.name.startsWith('relay') ? round.lag99 : round.p99);
// Memory by the round that grew most: later ones find what earlier ones left.
const middle = (name) => ({ ...quiet(name).sort((a, b) => delay(a) - delay(b)).at(Math.floor(quiet(name).length / 2)), used: quiet(name).length, kb: Math.max(...of(name).map((round) => round.kb)) });
const row = (...cells) => `| ${cells.join(' | ')} |`;
const fan = names.filter((name) => !name.startsWith('relay')).map(middle), relay = middle(names.find((name) => name.startsWith('relay')));
const goals = { 'Almoner, direct': 'p99 <= 60 ms, <= 1 KiB', 'Almoner, through nginx': 'p99 <= 100 ms, <= 13 KiB' };

console.log(`# Live updates

${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, ${cpus().length} cores, nginx ${nginx}, node ${node}. Made by \`tests/bench/push.sh\`: ${listeners} listeners on one machine; the servers on core 0, the load (and the database) on the other; frames of about 300 bytes; of each line the middle by p99 of ${rounds.length / names.length} rounds, without those in which the machine's host took more than ${STOLEN} % of the processors' time away ("rounds" counts what is left, "stolen" is what was taken nevertheless).

Delays are from the moment before a publisher begins to the moment a listener has the frame. For Almoner that holds a transaction in the database, the relay into the stream and the reading of it; for the peers it holds a POST, and they keep nothing. All of one table ran in one session, in turns.

${row('server', 'events/s', 'delivered', 'p50 ms', 'p99 ms', 'max ms', 'core 0', 'KiB a connection', 'rounds', 'stolen', 'goal')}
${row(...Array(11).fill('---'))}
${fan.map((r) => row(r.name, r.rate, `${((100 * r.delivered) / r.expected).toFixed(r.delivered === r.expected ? 0 : 2)} %`, r.p50, r.p99, r.max, `${r.cpu} %`, r.kb, r.used, `${r.stolen} %`, goals[r.name] ?? '')).join('\n')}

Memory is the growth of the servers' proportional set size (pushd; with nginx both, each round with a new nginx worker) from no listener to the end of the run, in the round in which it grew most.

Through nginx a connection's memory is nginx's own: 6.4 KiB of structures and lists of header lines of a fixed size, 2 of buffers (1 KiB each way), 2 of the buffer that a request's head is read into, up to 1.7 of the head as it is sent on and of the answer, in blocks of 4 KiB. With buffers of 512 bytes and blocks cut to measure it was 13.2 KiB, but then frames of 1.5 KB had a p99 of 198 ms instead of 131, and frames of 4 KB were more than one core could pass on; so they stay at 1 KiB.

Relay, ${relay.rate} commits a second by 16 writers, one listener: from the return of COMMIT to the frame p50 ${relay.lag50} ms, p99 ${relay.lag99} ms (goal: p99 <= 5 ms); ${relay.delivered} of ${relay.expected} delivered; ${relay.used} rounds, ${relay.stolen} % stolen.`);
