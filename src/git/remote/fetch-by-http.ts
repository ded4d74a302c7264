/**
 * Fetching over HTTP in process (gitprotocol-http(5), gitprotocol-pack(5)): one advertisement of refs, and one request
 * for all that is not here.
 *
 * isomorphic-git's `fetch` is not used: it writes the pack and moves refs in place, and it takes the objects of a pack
 * that it cannot read for not sent.
 */

import { gzipSync } from 'node:zlib';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { HEADER_BYTES } from '../pack-writer.js';
import { hidingSecrets } from './hide-secrets.js';
import { type ExchangeOptions, HttpExchange } from './http-exchange.js';
import { FLUSH, MalformedPacket, type Packet, packetLine, packetText, readPackets } from './pkt-line.js';
import { progressReader } from './progress-lines.js';
import { headerDamage, objectCount } from './received-pack.js';
import { remoteRefused, saidBy, unreachable } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

/** What a remote says it has. */
export interface Advertisement {
  readonly refs: ReadonlyMap<RefName, Oid>;
  readonly capabilities: ReadonlySet<string>;
}

export interface HttpFetchOptions extends ExchangeOptions {
  readonly onTransfer?: OnTransfer | undefined;
  /** Takes the bytes of a pack as they come in. */
  readonly spool: (bytes: Uint8Array) => void;
}

export interface HttpFetch {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** True where a pack was sent, of what was wanted; false where nothing was. */
  readonly sent: boolean;
}

/** What is here already, by the refs advertised. */
export interface Negotiation {
  /** What to ask for. */
  readonly wants: readonly Oid[];
  /** What need not be sent, with all that it leads to. */
  readonly haves: readonly Oid[];
}

const NOT_GIT = 'check the address: a browser may show a page there, and git clone must work with it';
const GZIP_FROM = 1024;

/** Where a server says how far it is, in text (gitprotocol-pack(5)). */
const PROGRESS_BAND = 2;

/** Whatever is thrown while reading a stream of packets, as an error of the remote. */
function packetError(remote: string, error: unknown): unknown {
  if (!(error instanceof MalformedPacket)) return error;
  return remoteRefused(remote, `it does not speak git's protocol: ${error.message}`, NOT_GIT, error);
}

function brokeOff(remote: string, where: string): Error {
  return unreachable(remote, `it broke off within ${where}`);
}

/** The line as text; a line that begins with `ERR ` is the server's last word. */
function lineOf(remote: string, packet: Buffer): string {
  const text = packetText(packet);
  if (!text.startsWith('ERR ')) return text;
  throw remoteRefused(remote, `it says: ${saidBy(text.slice('ERR '.length))}`, 'ask whoever runs it');
}

class RefList {
  readonly refs = new Map<RefName, Oid>();
  capabilities = new Set<string>();
  private readonly remote: string;
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(remote: string, maxBytes: number) {
    this.remote = remote;
    this.maxBytes = maxBytes;
  }

  private refuse(reason: string): Error {
    return remoteRefused(this.remote, reason, NOT_GIT);
  }

  add(packet: Buffer): void {
    this.bytes += packet.length;
    if (this.bytes > this.maxBytes) throw this.refuse(`it has more than ${this.maxBytes} bytes of refs`);
    const [line = '', capabilities] = lineOf(this.remote, packet).split('\0');
    if (capabilities !== undefined) this.capabilities = new Set(capabilities.trim().split(' '));
    if (line.startsWith('version ')) return;
    if (line.startsWith('shallow ')) {
      const hint = 'fetch from the ledger that it was cloned from';
      throw remoteRefused(this.remote, 'it is a shallow clone: the history before a point is not there', hint);
    }
    const match = /^([0-9a-f]{40}) (\S.*)$/.exec(line);
    const [, oid, ref] = match ?? [];
    if (oid === undefined || ref === undefined) throw this.refuse("what it lists as a ref is none of git's");
    if (ref.startsWith('refs/') && !ref.endsWith('^{}')) this.refs.set(ref, oid);
  }
}

/** Reads `# service=…`, a flush, the refs, a flush. */
async function readAdvertisement(
  remote: string,
  service: string,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Advertisement> {
  const list = new RefList(remote, maxBytes);
  const packets = readPackets(body);
  let flushes = 0;
  try {
    for await (const packet of packets) {
      if (packet === null) flushes += 1;
      else if (flushes === 0) {
        const text = lineOf(remote, packet);
        if (text !== `# service=${service}`)
          throw remoteRefused(remote, `it answers with ${JSON.stringify(saidBy(text))}`, NOT_GIT);
      } else list.add(packet);
      if (flushes === 2) break;
    }
  } catch (error) {
    throw packetError(remote, error);
  }
  if (flushes < 2) throw brokeOff(remote, 'the list of its refs');
  return list;
}

/** The refs that a remote offers, and the address that it is really at. */
async function advertisedRefs(
  exchange: HttpExchange,
  remote: RemoteUrl,
  maxBytes: number,
): Promise<Advertisement & { readonly base: string }> {
  const service = 'git-upload-pack';
  const suffix = `/info/refs?service=${service}`;
  const answer = await exchange.ask({ url: `${remote.address}${suffix}`, method: 'GET', headers: { accept: '*/*' } });
  if (answer.contentType.split(';')[0]?.trim() !== `application/x-${service}-advertisement`) {
    const what = answer.contentType === '' ? 'something' : saidBy(answer.contentType);
    throw remoteRefused(remote.shown, `it answers with ${what}, not with the refs of a repository`, NOT_GIT);
  }
  const { refs, capabilities } = await readAdvertisement(remote.shown, service, answer.body, maxBytes);
  if (!answer.url.endsWith(suffix)) throw remoteRefused(remote.shown, 'it redirects to no repository', NOT_GIT);
  return { refs, capabilities, base: answer.url.slice(0, -suffix.length) };
}

/** Spools the pack in an answer of upload-pack: its data band, until the flush that ends it. */
async function readPack(
  remote: string,
  body: AsyncIterable<Uint8Array>,
  { limits, onTransfer, spool }: HttpFetchOptions,
): Promise<void> {
  const readProgress = onTransfer === undefined ? undefined : progressReader(onTransfer);
  let total: number | null = null;
  let head: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let ended = false;
  try {
    for await (const packet of readPackets(body)) {
      ended = packet === null;
      if (packet?.[0] === PROGRESS_BAND) readProgress?.(packet.toString('utf8', 1));
      const data = packet === null ? null : bandOf(remote, packet);
      if (data === null) continue;
      bytes += data.length;
      if (bytes > limits.packBytes) {
        const reason = `it sends more than ${limits.packBytes} bytes at once`;
        throw remoteRefused(remote, reason, 'clone it with git clone --mirror, if you trust it');
      }
      if (data.length === 0) continue;
      if (head.length < HEADER_BYTES) head = Buffer.concat([head, data.subarray(0, HEADER_BYTES - head.length)]);
      if (head.length === HEADER_BYTES && total === null) {
        const damage = headerDamage(head, limits.objects);
        if (damage !== null) throw remoteRefused(remote, `it sends a pack ${damage}`, NOT_GIT);
        total = objectCount(head);
      }
      spool(data);
      onTransfer?.({ phase: 'receiving', done: null, total, bytes });
    }
  } catch (error) {
    throw packetError(remote, error);
  }
  if (!ended) throw brokeOff(remote, `the objects, after ${bytes} bytes`);
}

/** What a packet holds of the pack; null for acknowledgements and progress. */
function bandOf(remote: string, packet: NonNullable<Packet>): Buffer | null {
  const band = packet[0];
  if (band === 1) return packet.subarray(1);
  if (band === PROGRESS_BAND) return null;
  if (band === 3) {
    const reason = `it gave up: ${saidBy(packet.toString('utf8', 1))}`;
    throw remoteRefused(remote, reason, 'have whoever runs it look at its repository (git fsck)');
  }
  const text = lineOf(remote, packet);
  if (text === 'NAK' || text.startsWith('ACK ')) return null;
  throw remoteRefused(remote, `it answers with ${JSON.stringify(saidBy(text).slice(0, 80))}`, NOT_GIT);
}

/** Fetches what `negotiate` wants of the refs that the remote has, with a connection each for refs and objects. */
export async function fetchByHttp(
  remote: RemoteUrl,
  options: HttpFetchOptions,
  negotiate: (refs: ReadonlyMap<RefName, Oid>) => Promise<Negotiation>,
): Promise<HttpFetch> {
  const exchange = new HttpExchange(remote, options);
  return hidingSecrets(
    () => [...exchange.secrets],
    () => fetchThrough(exchange, remote, options, negotiate),
  );
}

async function fetchThrough(
  exchange: HttpExchange,
  remote: RemoteUrl,
  options: HttpFetchOptions,
  negotiate: (refs: ReadonlyMap<RefName, Oid>) => Promise<Negotiation>,
): Promise<HttpFetch> {
  const { refs, capabilities, base } = await advertisedRefs(exchange, remote, options.limits.refBytes);
  const format = [...capabilities].find((c) => c.startsWith('object-format='));
  if (format !== undefined && format !== 'object-format=sha1') {
    throw remoteRefused(
      remote.shown,
      `its ${format.replace('=', ' is ')}`,
      'a ledger is a repository of SHA-1 objects',
    );
  }
  const { wants, haves } = await negotiate(refs);
  if (wants.length === 0) return { refs, sent: false };
  if (!capabilities.has('side-band-64k')) throw remoteRefused(remote.shown, 'it cannot multiplex', NOT_GIT);
  const quiet = options.onTransfer === undefined ? ['no-progress'] : [];
  const chosen = ['side-band-64k', 'ofs-delta', ...quiet, 'agent=git-lineage'];
  const known = chosen.filter((c) => capabilities.has(c.replace(/^(agent)=.*/, '$1')) || c.startsWith('agent='));
  const lines = wants.map((oid, i) => packetLine(`want ${oid}${i === 0 ? ` ${known.join(' ')}` : ''}\n`));
  lines.push(FLUSH, ...haves.map((oid) => packetLine(`have ${oid}\n`)), packetLine('done\n'));
  const plain = Buffer.from(lines.join(''));
  const zipped = plain.length > GZIP_FROM;
  const answer = await exchange.ask({
    url: `${base}/git-upload-pack`,
    method: 'POST',
    headers: {
      'content-type': 'application/x-git-upload-pack-request',
      accept: 'application/x-git-upload-pack-result',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: new Uint8Array(zipped ? gzipSync(plain) : plain),
  });
  if (answer.contentType.split(';')[0]?.trim() !== 'application/x-git-upload-pack-result') {
    throw remoteRefused(remote.shown, `it answers with ${saidBy(answer.contentType) || 'something'}`, NOT_GIT);
  }
  await readPack(remote.shown, answer.body, options);
  return { refs, sent: true };
}
