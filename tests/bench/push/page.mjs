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
const goals = { 'Almoner, direct': 'p99 <= 60 ms, <= 1 KiB', 'Almoner, through nginx': 'p99 <= 100 ms, <= 13 KiB', 'the same, a browser with its session': '<= 13 KiB', 'the same, by ticket': '<= 13 KiB' };

console.log(`# Live updates

${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, ${cpus().length} cores, nginx ${nginx}, node ${node}. Made by \`tests/bench/push.sh\`: ${listeners} listeners on one machine; the servers on core 0, the load (and the database) on the other; frames of about 300 bytes where nothing else is said; of each line the middle by p99 of ${rounds.length / names.length} rounds, without those in which the machine's host took more than ${STOLEN} % of the processors' time away ("rounds" counts what is left, "stolen" is what was taken nevertheless).

Delays are from the moment before a publisher begins to the moment a listener has the frame. For Almoner that holds a transaction in the database, the relay into the stream and the reading of it; for the peers it holds a POST, and they keep nothing. All of one table ran in one session, in turns.

${row('server', 'events/s', 'delivered', 'p50 ms', 'p99 ms', 'max ms', 'core 0', 'KiB a connection', 'rounds', 'stolen', 'goal')}
${row(...Array(11).fill('---'))}
${fan.map((r) => row(r.name, r.rate, `${((100 * r.delivered) / r.expected).toFixed(r.delivered === r.expected ? 0 : 2)} %`, r.p50, r.p99, r.max, `${r.cpu} %`, r.kb, r.used, `${r.stolen} %`, goals[r.name] ?? '')).join('\n')}

Memory is the growth of the servers' proportional set size (pushd; with nginx both) from new processes that have served fifty listeners to the end of the run, in the round in which it grew most. "The same" is through nginx.

What a listener costs through nginx is what nginx keeps of its handshake: about 6.5 KiB of structures and lists of header lines of a fixed size, 1.5 of the buffer that its head was read into, up to 1.5 of the head as it was sent on and of the answer, and a buffer each way of EDGE_PUSH_BUFFER bytes (640: most frames pass whole). nginx/snippets/socket.conf and edge_pool in cgi-bin/ctl/edge.sh cut the rest to measure; a head of more than 1,536 bytes, and a token of more than about 1,000, cost more. TLS adds 21 KiB, which are OpenSSL's (1,000 listeners, by hand; 32 before ssl_buffer_size was 4k).

Relay, ${relay.rate} commits a second by 16 writers, one listener: from the return of COMMIT to the frame p50 ${relay.lag50} ms, p99 ${relay.lag99} ms (goal: p99 <= 5 ms); ${relay.delivered} of ${relay.expected} delivered; ${relay.used} rounds, ${relay.stolen} % stolen.`);
