// One request to a module's socket, as nginx would send it: without nginx between, a module that dies is told from one that refuses.
import net from 'node:net';

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

function record(type, content) {
  const head = Buffer.alloc(8);
  head.writeUInt8(1, 0);
  head.writeUInt8(type, 1);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(content.length, 4);
  return Buffer.concat([head, content]);
}

function stream(type, content) {
  const pieces = [];
  for (let at = 0; at < content.length; at += 32768) pieces.push(record(type, content.subarray(at, at + 32768)));
  return Buffer.concat([...pieces, record(type, Buffer.alloc(0))]);
}

const sized = (length) => {
  if (length < 128) return Buffer.from([length]);
  const four = Buffer.alloc(4);
  four.writeUInt32BE((length | 0x80000000) >>> 0);
  return four;
};
const pair = (name, value) => Buffer.concat([sized(Buffer.byteLength(name)), sized(Buffer.byteLength(value)), Buffer.from(name), Buffer.from(value)]);

function encode(method, path, body, headers) {
  const content = Buffer.from(body ?? '');
  const params = {
    REQUEST_METHOD: method, REQUEST_URI: path, QUERY_STRING: path.split('?')[1] ?? '', REMOTE_ADDR: '127.0.0.1', SERVER_NAME: 'localhost', SERVER_PORT: '80',
    HTTP_HOST: 'localhost', REQUEST_ID: '0123456789abcdef0123456789abcdef', CONTENT_LENGTH: content.length ? String(content.length) : '',
    CONTENT_TYPE: headers['Content-Type'] ?? '', ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value])),
  };
  return Buffer.concat([record(BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), stream(PARAMS, Buffer.concat(Object.entries(params).map(([name, value]) => pair(name, value)))),
    stream(STDIN, content)]);
}

function decode(bytes) {
  const out = [];
  let ended = false;
  for (let at = 0; at + 8 <= bytes.length;) {
    const type = bytes[at + 1], length = bytes.readUInt16BE(at + 4);
    if (type === STDOUT) out.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === END) ended = true;
    at += 8 + length + bytes[at + 6];
  }
  const text = Buffer.concat(out).toString('utf8');
  const split = text.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(text.slice(0, Math.max(split, 0)).split('\r\n').map((line) => [line.split(':')[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { ended, status: Number(headers.status?.slice(0, 3) ?? 0), headers, text: split < 0 ? text : text.slice(split + 4) };
}

/** fastcgi(socket, method, path, {body, headers}): {status, headers, text, ended}; ended is false when the answer was torn. */
export function fastcgi(socket, method, path, { body, headers = {} } = {}) {
  return new Promise((done) => {
    const pieces = [];
    const connection = net.connect(socket);
    connection.on('data', (piece) => pieces.push(piece));
    connection.on('error', () => {});
    connection.on('close', () => done(decode(Buffer.concat(pieces))));
    connection.write(encode(method, path, body, headers));
  });
}
