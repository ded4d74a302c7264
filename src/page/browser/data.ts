/** What the views show: asked of the server, or read from the files of a report. */

import { useEffect, useState } from 'preact/hooks';
import type { FailureAnswer, TipEvent } from '../answers.js';

declare global {
  interface Window {
    /** Called by each file of a report, with its name and its JSON as text. */
    gitLineageData?: (name: string, json: string) => void;
  }
}

/** True where this is a report, in files. */
export const IS_REPORT = document.documentElement.dataset['source'] === 'report';

class Failure extends Error {
  readonly code: string;
  constructor({ code, message }: FailureAnswer) {
    super(message);
    this.code = code;
  }
}

const arrived = new Map<string, string>();

/** Runs a file of a report. A script may be loaded from where a page is opened as a file; a fetch may not. */
function fromFile(name: string): Promise<unknown> {
  window.gitLineageData ??= (key, json) => arrived.set(key, json);
  return new Promise((done, failed) => {
    const script = document.createElement('script');
    const end = (): void => {
      script.remove();
      const json = arrived.get(name);
      if (json !== undefined) done(JSON.parse(json));
      else failed(new Failure({ code: 'NOT_IN_REPORT', message: 'this report does not have it: its ledger does' }));
    };
    script.onload = end;
    script.onerror = end;
    script.src = `data/${name}.js`;
    document.head.append(script);
  });
}

async function fromServer(name: string, query: string): Promise<unknown> {
  const answer = await fetch(`data/${name}.json${query}`).catch(() => {
    throw new Failure({ code: 'UNREACHABLE', message: 'the server does not answer' });
  });
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok) return value;
  const failure = value as Partial<FailureAnswer> | null;
  throw new Failure({
    code: failure?.code ?? String(answer.status),
    message: failure?.message ?? `the server answers with ${answer.status}`,
  });
}

/** The answer to a question, of the type that `answers.ts` says. */
export async function answerTo<T>(name: string, query = ''): Promise<T> {
  return (await (IS_REPORT ? fromFile(name) : fromServer(name, query))) as T;
}

/** What is known of an answer: the last one while the next is on its way. */
export interface Asked<T> {
  readonly value: T | null;
  readonly failure: Failure | null;
  readonly name: string;
}

/** Asks again when `moved` changes, and shows what was there until then. */
export function useAnswer<T>(name: string, moved: number, query = ''): Asked<T> {
  const asked = `${name}${query}`;
  const [state, setState] = useState<Asked<T>>({ value: null, failure: null, name: asked });
  useEffect(() => {
    let current = true;
    answerTo<T>(name, query).then(
      (value) => current && setState({ value, failure: null, name: asked }),
      (error: unknown) =>
        current &&
        setState({
          value: null,
          failure: error instanceof Failure ? error : new Failure({ code: 'INTERNAL', message: String(error) }),
          name: asked,
        }),
    );
    return () => {
      current = false;
    };
  }, [asked, moved]);
  return state.name === asked ? state : { value: null, failure: null, name: asked };
}

export type Connection = 'open' | 'lost' | 'unreadable' | 'report';

const COME_BACK_MS = 15_000;

/** Tells of each move of the journal, and of the connection, until the returned function is called. */
export function follow(onTip: (tip: TipEvent) => void, onConnection: (connection: Connection) => void): () => void {
  if (IS_REPORT) {
    onConnection('report');
    return () => undefined;
  }
  let source: EventSource | null = null;
  let timer = 0;
  const open = (): void => {
    source = new EventSource('data/events');
    source.addEventListener('tip', (event) => {
      onConnection('open');
      onTip(JSON.parse(String(event.data)) as TipEvent);
    });
    source.addEventListener('unreadable', () => onConnection('unreadable'));
    source.onerror = () => {
      onConnection('lost');
      // The browser comes back by itself, but not to a server that has refused it.
      if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, COME_BACK_MS);
    };
  };
  open();
  return () => {
    source?.close();
    window.clearTimeout(timer);
  };
}
