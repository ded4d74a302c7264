/** Another session with a server that has ended the one before: the same opening, and the same server. */

import { selfDescription } from '../canonical-form.js';
import { canonicalJson } from '../canonical-json.js';
import { readJson } from '../json-reader.js';
import { type Response as Answer, messagesOf } from '../message.js';
import type { HttpSession, Sent, SessionEvents } from './http-session.js';

/** So long a server may take to begin another session, in milliseconds. */
const BEGINNING_MS = 30_000;

/** The answer to a request in a text; null where the text is something else. */
export function answerIn(text: Uint8Array | string, id: string | number): Answer | null {
  const json = readJson(text);
  if ('fault' in json) return null;
  const found = messagesOf(json).find((message) => message?.kind === 'response' && message.id === id);
  return found?.kind === 'response' ? found : null;
}

/** The revision of the protocol that a server's answer to `initialize` names; null where it names none that fits into a header. */
export function protocolOf({ value }: Answer): string | null {
  const { protocolVersion: version } = value;
  return typeof version === 'string' && /^[0-9-]{1,20}$/.test(version) ? version : null;
}

/** Whether two answers to `initialize` say the same but for the server's version: then all that was agreed on stands. */
export function isSameServer(first: Answer, second: Answer): boolean {
  const [one, other] = [first, second].map(({ member, value }) => {
    const said = selfDescription(value);
    if (member === 'error' || 'fault' in said) return null;
    const { protocolVersion = null, capabilities = null } = value;
    return canonicalJson({ ...said, protocolVersion, capabilities });
  });
  return one !== null && one === other;
}

/** What a server says before a session has begun: answers to what is asked here, and nothing else is heard. */
class Beginning implements SessionEvents {
  private readonly waiting = new Map<string | number, { answered(answer: Answer): void; failed(error: Error): void }>();

  async ask(session: HttpSession, sent: Sent): Promise<Answer> {
    const { id = '' } = sent;
    const answer = new Promise<Answer>((answered, failed) => {
      this.waiting.set(id, { answered, failed });
    });
    const why = `it did not begin another session within ${BEGINNING_MS} ms`;
    const late = setTimeout(() => this.lost(id, why), BEGINNING_MS);
    try {
      // Both: what the answer's headers say is known once it is sent.
      return (await Promise.all([answer, session.send(sent)]))[0];
    } finally {
      clearTimeout(late);
    }
  }

  async take(text: Uint8Array | string): Promise<void> {
    for (const [id, { answered }] of this.waiting) {
      const answer = answerIn(text, id);
      if (answer === null) continue;
      this.waiting.delete(id);
      answered(answer);
    }
  }

  waitsFor(id: string | number): boolean {
    return this.waiting.has(id);
  }

  lost(id: string | number, why: string): void {
    this.waiting.get(id)?.failed(new Error(why));
    this.waiting.delete(id);
  }

  broken(why: string): void {
    for (const id of this.waiting.keys()) this.lost(id, why);
  }
}

interface Renewal {
  readonly open: (events: SessionEvents) => HttpSession;
  /** Who listens once the session has begun. */
  readonly events: SessionEvents;
  /** The request that opened the one before. */
  readonly opening: Sent;
  /** What the one before was told, and this one has to be told too. */
  readonly again: readonly Sent[];
}

/** @returns the session, and what the server says of itself in it @throws where it begins none */
export async function beginAgain({ open, events, opening, again }: Renewal) {
  const beginning = new Beginning();
  let heard: SessionEvents = beginning;
  const session = open({
    take: (text) => heard.take(text),
    waitsFor: (id) => heard.waitsFor(id),
    lost: (id, why) => heard.lost(id, why),
    broken: (why) => heard.broken(why),
  });
  try {
    const answer = await beginning.ask(session, opening);
    if (answer.member === 'error') throw new Error('it begins no other session');
    const protocol = protocolOf(answer);
    if (protocol !== null) session.setProtocol(protocol);
    await session.send({
      text: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      method: 'notifications/initialized',
    });
    // What it does not take any more, it does not tell any more either.
    for (const sent of again) await beginning.ask(session, sent).catch(() => undefined);
    heard = events;
    return { session, answer };
  } catch (error) {
    await session.close();
    throw error;
  }
}
