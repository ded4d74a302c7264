/** A stream of server-sent events (HTML Living Standard, section 9.2), cut into events before anybody reads one. */

import { MAX_LINE_BYTES } from './channel.js';

/** The end of a line, and the empty one behind it. */
const END_OF_EVENT = /\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n/g;

/** The text of an event's data; null where it is no message, but of another type, or a comment. */
function messageIn(event: string): string | null {
  const data: string[] = [];
  for (const line of event.split(/\r\n|\n|\r/)) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? [];
    if (field === 'event' && value !== '' && value !== 'message') return null;
    if (field === 'data') data.push(value);
  }
  return data.join('\n') === '' ? null : data.join('\n');
}

/**
 * Passes on whole events, each after `take` has had its message. Whoever reads the stream behind it has nothing that `take` has not
 * seen; `refuse` is told of what is no text, or has no end, and then nothing more is passed on.
 */
export function eventsOf(
  take: (message: string) => Promise<void>,
  refuse: (why: string) => void,
): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const encoder = new TextEncoder();
  // What has come of an event that has not ended. Joined when it has: each part is looked at once.
  let parts: string[] = [];
  let held = 0;
  return new TransformStream({
    async transform(chunk, controller) {
      let text: string;
      try {
        text = decoder.decode(chunk, { stream: true });
      } catch {
        refuse('bytes that are not UTF-8');
        controller.terminate();
        return;
      }
      const tail = (parts.at(-1) ?? '').slice(-3);
      parts.push(text);
      held += text.length;
      if (`${tail}${text}`.search(END_OF_EVENT) >= 0) {
        const whole = parts.join('');
        let from = 0;
        for (const { 0: end, index } of whole.matchAll(END_OF_EVENT)) {
          const event = whole.slice(from, index);
          const message = messageIn(event);
          if (message !== null) await take(message);
          controller.enqueue(encoder.encode(`${event}${end}`));
          from = index + end.length;
        }
        parts = [whole.slice(from)];
        held = whole.length - from;
      }
      if (held <= MAX_LINE_BYTES) return;
      refuse(`an event of more than ${MAX_LINE_BYTES} bytes`);
      controller.terminate();
    },
  });
}
