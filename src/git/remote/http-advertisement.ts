/** What a remote says over HTTP that it has, and how packets of its answers are read (gitprotocol-http(5), gitprotocol-pack(5)). */

import { formatNamed, type ObjectFormat, SHA1 } from '../../model/object-id.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { HttpExchange } from './http-exchange.js';
import { MalformedPacket, packetText, readPackets } from './pkt-line.js';
import { otherObjectFormat, remoteRefused, saidBy, unreachable } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

/** What a remote says it has. */
export interface Advertisement {
  readonly refs: ReadonlyMap<RefName, Oid>;
  readonly capabilities: ReadonlySet<string>;
}

export const NOT_GIT = 'check the address: a browser may show a page there, and git clone must work with it';

/** Whatever is thrown while reading a stream of packets, as an error of the remote. */
export function packetError(remote: string, error: unknown): unknown {
  if (!(error instanceof MalformedPacket)) return error;
  return remoteRefused(remote, `it does not speak git's protocol: ${error.message}`, NOT_GIT, error);
}

export function brokeOff(remote: string, where: string): Error {
  return unreachable(remote, `it broke off within ${where}`);
}

/** The line as text; a line that begins with `ERR ` is the server's last word. */
export function lineOf(remote: string, packet: Buffer): string {
  const text = packetText(packet);
  if (!text.startsWith('ERR ')) return text;
  throw remoteRefused(remote, `it says: ${saidBy(text.slice('ERR '.length))}`, 'ask whoever runs it');
}

/** What is asked of a list of refs. */
interface Asked {
  readonly maxBytes: number;
  /** The format of our ids. */
  readonly format: ObjectFormat;
}

const FORMAT = 'object-format=';

class RefList {
  readonly refs = new Map<RefName, Oid>();
  capabilities = new Set<string>();
  private readonly remote: string;
  private readonly maxBytes: number;
  private readonly format: ObjectFormat;
  /** A line that lists a ref, without its capabilities. */
  private readonly listed: RegExp;
  private bytes = 0;

  constructor(remote: string, { maxBytes, format }: Asked) {
    this.remote = remote;
    this.maxBytes = maxBytes;
    this.format = format;
    this.listed = new RegExp(`^(${format.pattern}) (\\S.*)$`);
  }

  private refuse(reason: string): Error {
    return remoteRefused(this.remote, reason, NOT_GIT);
  }

  /** Before the first id is read: in another format it has another length. */
  private takeCapabilities(capabilities: readonly string[]): void {
    this.capabilities = new Set(capabilities);
    const said = capabilities.find((capability) => capability.startsWith(FORMAT))?.slice(FORMAT.length);
    // A server that does not say is one of before there were two.
    const theirs = said === undefined ? SHA1 : formatNamed(said);
    if (theirs === undefined)
      throw remoteRefused(this.remote, `its object format is ${said}`, 'a later git-lineage may know it');
    if (theirs !== this.format) throw otherObjectFormat(this.remote, this.format);
  }

  add(packet: Buffer): void {
    this.bytes += packet.length;
    if (this.bytes > this.maxBytes) throw this.refuse(`it has more than ${this.maxBytes} bytes of refs`);
    const [line = '', capabilities] = lineOf(this.remote, packet).split('\0');
    if (capabilities !== undefined) this.takeCapabilities(capabilities.trim().split(' '));
    if (line.startsWith('version ')) return;
    if (line.startsWith('shallow ')) {
      const hint = 'fetch from the ledger that it was cloned from';
      throw remoteRefused(this.remote, 'it is a shallow clone: the history before a point is not there', hint);
    }
    const match = this.listed.exec(line);
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
  asked: Asked,
): Promise<Advertisement> {
  const list = new RefList(remote, asked);
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
export async function advertisedRefs(
  exchange: HttpExchange,
  remote: RemoteUrl,
  asked: Asked,
): Promise<Advertisement & { readonly base: string }> {
  const service = 'git-upload-pack';
  const suffix = `/info/refs?service=${service}`;
  const answer = await exchange.ask({ url: `${remote.address}${suffix}`, method: 'GET', headers: { accept: '*/*' } });
  if (answer.contentType.split(';')[0]?.trim() !== `application/x-${service}-advertisement`) {
    const what = answer.contentType === '' ? 'something' : saidBy(answer.contentType);
    throw remoteRefused(remote.shown, `it answers with ${what}, not with the refs of a repository`, NOT_GIT);
  }
  const { refs, capabilities } = await readAdvertisement(remote.shown, service, answer.body, asked);
  if (!answer.url.endsWith(suffix)) throw remoteRefused(remote.shown, 'it redirects to no repository', NOT_GIT);
  return { refs, capabilities, base: answer.url.slice(0, -suffix.length) };
}
