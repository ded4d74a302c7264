/** A stream of server-sent events (HTML Living Standard, section 9.2), cut into events before anybody reads one. */

import { MAX_LINE_BYTES } from '../channel.js';

/** An event, as far as the protocol uses it. */
interface StreamEvent {
  /** From where the stream can be taken up again; null where the event does not say. */
  readonly id: string | null;
  /** How long to wait before that, in milliseconds. */
  readonly retryMs: number | null;
  /** Null where it is no message, but of another type, or without data. */
  readonly message: string | null;
}

/** What is no stream of events that every reader takes for the same. */
export class StreamFault extends Error {}

/** The end of a line, and the empty one behind it. */
const END_OF_EVENT = /\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n/g;

/** A longer id would not fit into the header that asks for what came after it. */
const MAX_ID = 1_024;

function eventOf(text: string): StreamEvent {
  const data: string[] = [];
  let type = '';
  let id: string | null = null;
  let retryMs: number | null = null;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? [];
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && value !== '' && value.length <= MAX_ID && !value.includes('\0')) id = value;
    else if (field === 'retry' && /^[0-9]{1,9}$/.test(value)) retryMs = Number(value);
  }
  const isMessage = (type === '' || type === 'message') && data.join('\n') !== '';
  return { id, retryMs, message: isMessage ? data.join('\n') : null };
}

/** The events of a body, in order. What has not ended with the body is no event. @throws StreamFault for what is no text, or has no end */
export async function* eventsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // What has come of an event that has not ended. Joined when it has: each part is looked at once.
  let parts: string[] = [];
  let held = 0;
  for await (const chunk of body) {
    const text = decodedPart(decoder, chunk);
    const tail = (parts.at(-1) ?? '').slice(-3);
    parts.push(text);
    held += text.length;
    if (`${tail}${text}`.search(END_OF_EVENT) >= 0) {
      const whole = parts.join('');
      let from = 0;
      for (const { 0: end, index } of whole.matchAll(END_OF_EVENT)) {
        yield eventOf(whole.slice(from, index));
        from = index + end.length;
      }
      parts = [whole.slice(from)];
      held = whole.length - from;
    }
    if (held > MAX_LINE_BYTES) throw new StreamFault(`an event of more than ${MAX_LINE_BYTES} bytes`);
  }
}

function decodedPart(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw new StreamFault('bytes that are not UTF-8');
  }
}
