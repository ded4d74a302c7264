/**
 * Fetching over HTTP in process (gitprotocol-http(5), gitprotocol-pack(5)): one advertisement of refs, and one request
 * for all that is not here.
 *
 * isomorphic-git's `fetch` is not used: it writes the pack and moves refs in place, and it takes the objects of a pack
 * that it cannot read for not sent.
 */

import { gzipSync } from 'node:zlib';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { HEADER_BYTES } from '../pack-writer.js';
import { hidingSecrets } from './hide-secrets.js';
import { type Advertisement, advertisedRefs, brokeOff, lineOf, NOT_GIT, packetError } from './http-advertisement.js';
import { type ExchangeOptions, HttpExchange } from './http-exchange.js';
import { headerDamage, objectCount } from './pack-header.js';
import { FLUSH, type Packet, packetLine, readPackets } from './pkt-line.js';
import { progressReader } from './progress-lines.js';
import { remoteRefused, saidBy } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

/** Where the bytes of a pack go as they come in. */
interface PackSink {
  readonly path: string;
  add(bytes: Uint8Array): void;
  close(): void;
}

export interface HttpFetchOptions extends ExchangeOptions {
  readonly onTransfer?: OnTransfer | undefined;
  /** The format of our ids. */
  readonly format: ObjectFormat;
  /** A new place for a pack. */
  readonly spool: () => PackSink;
}

interface HttpFetch {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** The path of the pack that was sent of what was wanted; none where nothing was. */
  readonly packs: readonly string[];
  /** Fetches files by their ids into more packs; null where all files came. See `fetch-by-git.ts`. */
  readonly fetchBlobs: ((oids: readonly Oid[]) => Promise<readonly string[]>) | null;
}

/** What is here already, by the refs advertised. */
export interface Negotiation {
  /** What to ask for. */
  readonly wants: readonly Oid[];
  /** What need not be sent, with all that it leads to. */
  readonly haves: readonly Oid[];
}

const GAVE_UP_HINT =
  'have whoever runs it look at its repository (git fsck); where a file was redacted there, git-lineage doctor --restore lets git send the others';
const GZIP_FROM = 1024;

/** Where a server says how far it is, in text (gitprotocol-pack(5)). */
const PROGRESS_BAND = 2;

/** The server's last word while it packs: something of what it was asked for is not there, or cannot be read. */
class GaveUp extends Error {
  override readonly name = 'GaveUp';
}

/** Spools the pack in an answer of upload-pack: its data band, until the flush that ends it. @throws {@link GaveUp} */
async function readPack(
  remote: string,
  body: AsyncIterable<Uint8Array>,
  { limits, onTransfer }: HttpFetchOptions,
  spool: PackSink,
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
      spool.add(data);
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
  if (band === 3) throw new GaveUp(saidBy(packet.toString('utf8', 1)));
  const text = lineOf(remote, packet);
  if (text === 'NAK' || text.startsWith('ACK ')) return null;
  throw remoteRefused(remote, `it answers with ${JSON.stringify(saidBy(text).slice(0, 80))}`, NOT_GIT);
}

/** Asks upload-pack for objects, one pack at a time. */
class PackRequests {
  private readonly exchange: HttpExchange;
  private readonly remote: RemoteUrl;
  private readonly options: HttpFetchOptions;
  private readonly offer: Advertisement & { readonly base: string };

  constructor(
    exchange: HttpExchange,
    remote: RemoteUrl,
    options: HttpFetchOptions,
    offer: Advertisement & { readonly base: string },
  ) {
    this.exchange = exchange;
    this.remote = remote;
    this.options = options;
    this.offer = offer;
  }

  /** True where files can be left out, and asked for by their ids. */
  get canLeaveOut(): boolean {
    return ['filter', 'allow-tip-sha1-in-want', 'allow-reachable-sha1-in-want'].every((capability) =>
      this.offer.capabilities.has(capability),
    );
  }

  private request({ wants, haves }: Negotiation, filter: string | null): Buffer {
    const { capabilities } = this.offer;
    const quiet = this.options.onTransfer === undefined ? ['no-progress'] : [];
    const filtered = filter === null ? [] : ['filter'];
    // Without it a server takes the ids for those of SHA-1 (gitprotocol-capabilities(5)).
    const format = `object-format=${this.options.format.name}`;
    const chosen = ['side-band-64k', 'ofs-delta', ...quiet, ...filtered, format, 'agent=git-lineage'];
    const known = chosen.filter((c) => capabilities.has(c) || c.startsWith('agent='));
    const lines = wants.map((oid, i) => packetLine(`want ${oid}${i === 0 ? ` ${known.join(' ')}` : ''}\n`));
    if (filter !== null) lines.push(packetLine(`filter ${filter}\n`));
    lines.push(FLUSH, ...haves.map((oid) => packetLine(`have ${oid}\n`)), packetLine('done\n'));
    return Buffer.from(lines.join(''));
  }

  /** Fetches into a file; its path. @throws {@link GaveUp} */
  async fetch(asked: Negotiation, filter: string | null = null): Promise<string> {
    const { exchange, remote, options, offer } = this;
    const plain = this.request(asked, filter);
    const zipped = plain.length > GZIP_FROM;
    const answer = await exchange.ask({
      url: `${offer.base}/git-upload-pack`,
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
    const spool = options.spool();
    try {
      await readPack(remote.shown, answer.body, options, spool);
    } finally {
      spool.close();
    }
    return spool.path;
  }
}

/** Fetches what `negotiate` wants of the refs that the remote has, with a connection for the refs and one for each pack. */
export async function fetchByHttp(
  remote: RemoteUrl,
  options: HttpFetchOptions,
  negotiate: (refs: ReadonlyMap<RefName, Oid>) => Promise<Negotiation>,
): Promise<HttpFetch> {
  const exchange = new HttpExchange(remote, options);
  const hiding = <T>(work: () => Promise<T>): Promise<T> => hidingSecrets(() => [...exchange.secrets], work);
  const fetched = await hiding(() => fetchThrough(exchange, remote, options, negotiate));
  const { fetchBlobs } = fetched;
  return fetchBlobs === null ? fetched : { ...fetched, fetchBlobs: (oids) => hiding(() => fetchBlobs(oids)) };
}

async function fetchThrough(
  exchange: HttpExchange,
  remote: RemoteUrl,
  options: HttpFetchOptions,
  negotiate: (refs: ReadonlyMap<RefName, Oid>) => Promise<Negotiation>,
): Promise<HttpFetch> {
  const offer = await advertisedRefs(exchange, remote, { maxBytes: options.limits.refBytes, format: options.format });
  const { refs, capabilities } = offer;
  const asked = await negotiate(refs);
  if (asked.wants.length === 0) return { refs, packs: [], fetchBlobs: null };
  if (!capabilities.has('side-band-64k')) throw remoteRefused(remote.shown, 'it cannot multiplex', NOT_GIT);
  const requests = new PackRequests(exchange, remote, options, offer);
  const gaveUp = (error: unknown): unknown =>
    error instanceof GaveUp ? remoteRefused(remote.shown, `it gave up: ${error.message}`, GAVE_UP_HINT) : error;
  try {
    return { refs, packs: [await requests.fetch(asked)], fetchBlobs: null };
  } catch (first) {
    if (!(first instanceof GaveUp) || !requests.canLeaveOut) throw gaveUp(first);
    // Where a file was redacted git sends nothing at all of what leads to it. What stands in no file comes first.
    const again = async (wanted: Negotiation, filter?: string): Promise<string[]> => {
      try {
        return [await requests.fetch(wanted, filter)];
      } catch (second) {
        throw gaveUp(second instanceof GaveUp ? first : second);
      }
    };
    const packs = await again(asked, 'blob:none');
    return { refs, packs, fetchBlobs: (wants) => again({ wants, haves: [] }) };
  }
}
