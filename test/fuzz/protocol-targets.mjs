/** Parsers of what others say over the wire: packet lines, git's HTTP protocol, its hook proc-receive, CGI heads, progress, addresses. */

/** @typedef {import('./engine.mjs').Target} Target */

/** @param {string | Uint8Array} payload */
function packet(payload) {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

const FLUSH = Buffer.from('0000');
const LENGTHS = [
  '0000',
  '0001',
  '0002',
  '0003',
  '0004',
  '0005',
  'ffff',
  'fff0',
  'FFF0',
  '-001',
  '+001',
  '0x10',
  ' 004',
];
const ADVERTISED = '# service=git-upload-pack\n';
const BASE = 'http://remote.example/modules.git';

/** The bytes as a stream, in pieces of `step`. @param {Uint8Array} bytes @param {number} step */
async function* inPieces(bytes, step) {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

/** @param {number} length */
const pieceOf = (length) => 7 + (length % 60);

/**
 * What `fetchByHttp` makes of a server that says these bytes.
 *
 * @param {import('./parts.mjs').Parts} parts
 * @param {Uint8Array} list the answer to the question for refs
 * @param {Uint8Array} result the answer to the question for objects
 * @param {number} step
 */
async function fetched({ fetchByHttp, fetchLimits, format, remoteUrl }, list, result, step) {
  /** @type {Uint8Array[]} */
  const spooled = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (_, asked) => {
    const kind = asked?.method === 'POST' ? 'result' : 'advertisement';
    const headers = { 'content-type': `application/x-git-upload-pack-${kind}` };
    const url = kind === 'result' ? `${BASE}/git-upload-pack` : `${BASE}/info/refs?service=git-upload-pack`;
    const body = ReadableStream.from(inPieces(kind === 'result' ? result : list, step));
    return Object.defineProperty(new Response(body, { headers }), 'url', { value: url });
  };
  try {
    const options = { limits: fetchLimits.DEFAULT_FETCH_LIMITS, idleTimeoutMs: 60_000, timeLimitMs: 60_000 };
    /** @param {Uint8Array} bytes */
    const add = (bytes) => void spooled.push(Buffer.from(bytes));
    const spool = () => ({ path: 'pack', add, close: () => undefined });
    const wants = result.length === 0 ? [] : ['1'.repeat(format.digits)];
    const { refs, packs } = await fetchByHttp.fetchByHttp(
      remoteUrl.parseRemoteUrl(BASE),
      { ...options, format, onTransfer: () => undefined, spool },
      async () => ({
        wants,
        haves: [],
      }),
    );
    return { refs, pack: packs.length > 0 ? Buffer.concat(spooled) : null };
  } finally {
    globalThis.fetch = fetch;
  }
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
export function protocolTargets(parts, samples) {
  const { pktLine, cgiHead, procReceive, progressLines, remoteUrl, format } = parts;
  const lists = samples.packets.map((refs) => Buffer.concat([packet(ADVERTISED), FLUSH, refs]));
  const [list = Buffer.alloc(0)] = lists;
  const packs = samples.packs.filter((bytes) => bytes.length < 20_000);
  const results = packs.map((pack) =>
    Buffer.concat([
      packet('NAK\n'),
      packet('\x02Counting objects: 100% (3/3), done.\r'),
      ...[
        packet(Buffer.concat([Buffer.of(1), pack.subarray(0, 900)])),
        packet(Buffer.concat([Buffer.of(1), pack.subarray(900)])),
      ],
      FLUSH,
    ]),
  );
  const moves = [
    `${format.zero} ${'1'.repeat(format.digits)} refs/heads/planner`,
    `${'2'.repeat(format.digits)} ${format.zero} refs/tags/planner/v1`,
  ];
  const pushes = ['version=1\0push-options atomic', 'version=1\0atomic'].map((greeting, i) =>
    Buffer.concat([
      packet(greeting),
      FLUSH,
      ...moves.map(packet),
      FLUSH,
      ...(i === 0 ? [packet('ci.skip'), FLUSH] : []),
    ]),
  );
  return [
    {
      name: 'packet lines',
      share: 40,
      samples: samples.packets,
      errors: ['MalformedPacket'],
      words: LENGTHS,
      run: async (bytes) => {
        const read = async (/** @type {number} */ step) => {
          const reader = pktLine.readPackets(inPieces(bytes, step));
          const packets = [];
          let next = await reader.next();
          for (; next.done !== true; next = await reader.next())
            packets.push(next.value === null ? null : Buffer.from(next.value));
          return { packets, cutShort: next.value.cutShort };
        };
        const whole = await read(bytes.length + 1);
        const pieces = await read(pieceOf(bytes.length));
        if (JSON.stringify(whole) !== JSON.stringify(pieces)) return { wrong: 'the packets depend on how they arrive' };
        const written = Buffer.concat(whole.packets.map((payload) => (payload === null ? FLUSH : packet(payload))));
        // The digits of a length may be large ones.
        const same =
          bytes.subarray(0, written.length).toString('latin1').toLowerCase() ===
          written.toString('latin1').toLowerCase();
        const complete = whole.cutShort ? written.length < bytes.length : written.length === bytes.length;
        return same && complete ? {} : { wrong: 'the packets are not what was sent' };
      },
    },
    {
      name: 'http advertisement',
      share: 20,
      samples: lists,
      words: [
        ...LENGTHS,
        'refs/heads/x',
        'ERR ',
        'shallow ',
        'version 2',
        '\0',
        'side-band-64k',
        'object-format=sha256',
        '^{}',
      ],
      codes: ['REMOTE_REFUSED', 'REMOTE_UNREACHABLE'],
      run: async (bytes) => {
        const { refs } = await fetched(parts, bytes, Buffer.alloc(0), bytes.length + 1);
        const again = await fetched(parts, bytes, Buffer.alloc(0), pieceOf(bytes.length));
        if (JSON.stringify([...refs]) !== JSON.stringify([...again.refs]))
          return { wrong: 'the refs depend on how they arrive' };
        const odd = [...refs].find(([ref, oid]) => !ref.startsWith('refs/') || !format.whole.test(oid));
        return odd === undefined ? {} : { wrong: `a ref is ${JSON.stringify(odd)}` };
      },
    },
    {
      name: 'http result',
      share: 20,
      samples: results,
      words: [...LENGTHS, 'NAK\n', 'ACK ', '\x01', '\x02', '\x03', 'PACK', 'ERR '],
      codes: ['REMOTE_REFUSED', 'REMOTE_UNREACHABLE'],
      run: async (bytes) => {
        if (bytes.length === 0) return null;
        const { pack } = await fetched(parts, list, bytes, bytes.length + 1);
        const again = await fetched(parts, list, bytes, pieceOf(bytes.length));
        if (pack === null || again.pack === null) return { wrong: 'there is no pack' };
        return Buffer.compare(pack, again.pack) === 0 ? {} : { wrong: 'the pack depends on how it arrives' };
      },
    },
    {
      name: 'proc-receive',
      share: 20,
      samples: pushes,
      words: [...LENGTHS, 'version=1', 'version=2', '\0', 'push-options', 'refs/heads/x', format.zero, '\n'],
      errors: ['MalformedPacket'],
      run: async (bytes) => {
        /** @type {string[]} */
        const written = [];
        /** @type {readonly { ref: string, from: string | null, to: string | null }[]} */
        let asked = [];
        await procReceive.procReceive(
          inPieces(bytes, pieceOf(bytes.length)),
          (text) => written.push(text),
          async (updates) => {
            asked = updates;
            return null;
          },
        );
        const answers = asked.map(({ ref }) => packet(`ok ${ref}`).toString()).join('');
        if (written.at(-1) !== `${answers}0000`) return { wrong: 'git is not told of every ref that it asked for' };
        return asked.every(({ ref }) => ref.startsWith('refs/')) ? {} : { wrong: 'a move is of no ref' };
      },
    },
    {
      name: 'CGI head',
      share: 20,
      samples: [
        Buffer.from('Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nnot found\n'),
        Buffer.from(
          'Expires: Fri, 01 Jan 1980 00:00:00 GMT\r\nContent-Type: application/x-git-upload-pack-result\r\n\r\n0008NAK\n',
        ),
      ],
      words: ['Status: ', '\r\n', '\n\n', '\r\n\r\n', ': ', '99', '1e9', '-1'],
      run: (bytes) => {
        const read = (/** @type {number} */ step) => {
          const head = new cgiHead.CgiHead();
          for (let at = 0; at < bytes.length; at += step) {
            const answer = head.add(bytes.subarray(at, at + step));
            if (answer !== null) return { ...answer, body: Buffer.concat([answer.body, bytes.subarray(at + step)]) };
          }
          return null;
        };
        const [whole, pieces] = [read(bytes.length + 1), read(pieceOf(bytes.length))];
        if (JSON.stringify(whole) !== JSON.stringify(pieces)) return { wrong: 'the answer depends on how it arrives' };
        if (whole === null) return null;
        return whole.headers.some(({ name, value }) => /[\r\n]/.test(name + value))
          ? { wrong: 'a header has two lines' }
          : {};
      },
    },
    {
      name: 'progress',
      share: 10,
      samples: [
        Buffer.from(
          'remote: Enumerating objects: 5, done.\nReceiving objects:  33% (1/3), 1.20 MiB | 2.00 MiB/s\rResolving deltas: 100% (2/2), done.\n',
        ),
      ],
      words: ['remote: ', '100% (', ' GiB', '/', '\r', 'constructor', '__proto__'],
      run: (bytes) => {
        /** @type {string[]} */
        const odd = [];
        const read = progressLines.progressReader((said) => {
          const numbers = [said.done, said.total, said.bytes].filter((value) => value !== null);
          if (numbers.some((value) => !Number.isFinite(value) || value < 0)) odd.push(JSON.stringify(said));
        });
        for (let at = 0; at < bytes.length; at += 11) read(bytes.toString('utf8', at, at + 11));
        progressLines.withoutProgress(bytes.toString('utf8'));
        return odd.length === 0 ? {} : { wrong: `a transfer is ${odd[0]}` };
      },
    },
    {
      name: 'remote address',
      share: 20,
      samples: [
        'https://ops:se%20cret@example.org/modules.git',
        'ssh://git@host.example:22/modules.git',
        'git@host.example:modules.git',
        'file:///srv/modules.git',
        '../modules.git',
      ].map((text) => Buffer.from(text)),
      words: ['https://', 'ext::', 'ssh://', '-oProxyCommand=x', '@', ':', '//', '%0a', '%', '?', '#', '\\', '[::1]'],
      codes: ['INVALID_ARGUMENT'],
      run: (bytes) => {
        const read = remoteUrl.parseRemoteUrl(bytes.toString('utf8'));
        const { transport, address, credentials } = read;
        if (address.startsWith('-') || /^[A-Za-z0-9+.-]+::/.test(address))
          return { wrong: `git would run a program: ${address}` };
        // What is read of an address is that address.
        const second = remoteUrl.parseRemoteUrl(address);
        if (second.transport !== transport || second.address !== address)
          return { wrong: `${address} is read as ${second.address}` };
        return transport === 'http' && credentials === null && second.shown !== read.shown
          ? { wrong: `shown as ${read.shown}` }
          : {};
      },
    },
  ];
}
