/** Git's framing of what goes over the wire (gitprotocol-common(5)): four hex digits of length, then that much. */

const HEADER = 4;
const MAX_LINE = 65520;

/** One packet: its payload, or null for the flush packet `0000`. */
export type Packet = Buffer | null;

export const FLUSH = '0000';

/** A packet of one line of text. */
export function packetLine(text: string): string {
  return `${(Buffer.byteLength(text) + HEADER).toString(16).padStart(HEADER, '0')}${text}`;
}

/** A packet's text, without the LF at its end. */
export function packetText(packet: Buffer): string {
  return packet.toString('utf8').replace(/\n$/, '');
}

/** What came is not framed as git frames it. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}

/** The packets of a stream, in order. @throws MalformedPacket for what is none; returns at the end of the stream. */
export async function* readPackets(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Packet, { cutShort: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEADER) {
      const digits = rest.toString('latin1', at, at + HEADER);
      const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
      if (length === 0) {
        yield null;
        at += HEADER;
        continue;
      }
      if (length < HEADER || length > MAX_LINE)
        throw new MalformedPacket(`${JSON.stringify(digits)} is no packet length`);
      if (rest.length - at < length) break;
      yield rest.subarray(at + HEADER, at + length);
      at += length;
    }
    rest = rest.subarray(at);
  }
  return { cutShort: rest.length > 0 };
}
