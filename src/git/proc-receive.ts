/** The protocol of git's hook `proc-receive` (githooks(5)): the moves that a push asks for, and what became of them. */

import type { RefUpdate } from '../model/journal-entry.js';
import { formatOf, parseOidOrNone } from '../model/object-id.js';
import { FLUSH, MalformedPacket, packetLine, packetText, readPackets } from './remote/pkt-line.js';

/** One line for the client; more would break the packet. */
const MAX_REASON = 1000;

/** Reads `<old> <new> <ref>`, as git gives it to its hooks; null where it is no such line. */
export function parseCommand(line: string): RefUpdate | null {
  const [, old, now, ref] = /^(\S+) (\S+) (refs\/.+)$/.exec(line) ?? [];
  const format = formatOf(old ?? '');
  const from = parseOidOrNone(old, format);
  const to = parseOidOrNone(now, format);
  return from === undefined || to === undefined || ref === undefined ? null : { ref, from, to };
}

async function lines(packets: AsyncIterator<Buffer | null>): Promise<string[]> {
  const found: string[] = [];
  for (let next = await packets.next(); next.done !== true && next.value !== null; next = await packets.next())
    found.push(packetText(next.value));
  return found;
}

/**
 * Speaks with git on `input` and `write`. `apply` returns null where every move was made, else why none was.
 *
 * @throws MalformedPacket for what git would not say
 */
export async function procReceive(
  input: AsyncIterable<Uint8Array>,
  write: (text: string) => void,
  apply: (updates: readonly RefUpdate[]) => Promise<string | null>,
): Promise<void> {
  const packets = readPackets(input);
  const [greeting = ''] = await lines(packets);
  const [version, offered = ''] = greeting.split('\0');
  if (version !== 'version=1') throw new MalformedPacket(`${JSON.stringify(greeting)} is not version=1`);
  const withOptions = offered.split(' ').includes('push-options');
  write(`${packetLine(`version=1\0${withOptions ? 'push-options' : ''}`)}${FLUSH}`);
  const updates = (await lines(packets)).map((line) => {
    const update = parseCommand(line);
    if (update === null) throw new MalformedPacket(`${JSON.stringify(line)} is no command`);
    return update;
  });
  if (withOptions) await lines(packets);
  const refusal = (await apply(updates))?.replace(/\s+/g, ' ').slice(0, MAX_REASON);
  const answers = updates.map(({ ref }) => packetLine(refusal === undefined ? `ok ${ref}` : `ng ${ref} ${refusal}`));
  write(`${answers.join('')}${FLUSH}`);
}
